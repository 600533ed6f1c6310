import { useEffect, useState } from "react";

/** What is shown, as the address has it: `?q=ana`, `?q=ana&user=VXNl…&at=2026-11-01T09:00:00Z&not=role:Um9s…`. */
export interface Address {
  search: string;
  user: string | null;
  /** The moment asked about; null means now. */
  at: string | null;
  /** What the person has not, `role:ID` or `group:ID`. */
  not: string | null;
}

export type Go = (change: Partial<Address>) => void;

function read(): Address {
  const query = new URLSearchParams(location.search);
  return { search: query.get("q") ?? "", user: query.get("user"), at: query.get("at"), not: query.get("not") };
}

function write({ search, user, at, not }: Address): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ q: search, user, at, not })) {
    if (value !== null && value !== "") query.set(name, value);
  }
  return `${location.pathname}${query.size === 0 ? "" : `?${query}`}`;
}

export function useAddress(): [Address, Go] {
  const [address, setAddress] = useState(read);

  useEffect(() => {
    const back = () => setAddress(read());
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);

  function go(change: Partial<Address>) {
    const next = { ...address, ...change };
    history.pushState(null, "", write(next));
    setAddress(next);
  }

  return [address, go];
}
