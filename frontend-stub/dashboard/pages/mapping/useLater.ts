import { useEffect, useState } from "react";

const QUIET_MS = 300;

/** A value once nobody has changed it for a moment. Give it a value that keeps its identity while it stays the same. */
export function useLater<V>(value: V): V {
  const [settled, setSettled] = useState(value);

  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), QUIET_MS);
    return () => clearTimeout(timer);
  }, [value]);

  return settled;
}
