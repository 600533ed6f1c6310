import "./field.css";

import { useCallback, useEffect, useRef, useState } from "react";
import { SearchField as AriaSearchField, Button, Input } from "react-aria-components";

import { Icon } from "./Icon";

const QUIET_MS = 250;

interface SearchFieldProps {
  label: string;
  value: string;
  /** Called once nobody has typed for a moment, at once on Enter or when it is cleared. */
  onSearch: (text: string) => void;
  autoFocus?: boolean;
}

/** Searches while you type. */
export function SearchField({ label, value, onSearch, autoFocus = false }: SearchFieldProps) {
  const [typed, setTyped] = useState(value);

  const sent = useRef(value); // what comes back as it was sent leaves the field alone: somebody may have typed on

  const send = useCallback(
    (text: string) => {
      sent.current = text.trim();
      onSearch(sent.current);
    },
    [onSearch],
  );
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed.trim() === sent.current) return;
    const timer = setTimeout(() => send(typed), QUIET_MS);
    return () => clearTimeout(timer);
  }, [typed, send]);

  return (
    <AriaSearchField
      aria-label={label}
      className="search-field"
      value={typed}
      onChange={setTyped}
      onSubmit={send}
      onClear={() => send("")}
      autoFocus={autoFocus}
    >
      <Icon name="search" />
      <Input placeholder={label} />
      <Button aria-label="Clear">
        <Icon name="close" />
      </Button>
    </AriaSearchField>
  );
}
