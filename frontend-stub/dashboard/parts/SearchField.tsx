import "./field.css";

import { useEffect, useState } from "react";
import { SearchField as AriaSearchField, Button, Input } from "react-aria-components";

import { Icon } from "./Icon";

const QUIET_MS = 250;

interface SearchFieldProps {
  label: string;
  value: string;
  /** Called once nobody has typed for a moment, at once on Enter or when it is cleared. */
  onSearch: (text: string) => void;
}

/** Searches while you type. */
export function SearchField({ label, value, onSearch }: SearchFieldProps) {
  const [typed, setTyped] = useState(value);

  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onSearch(typed.trim()), QUIET_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onSearch]);

  return (
    <AriaSearchField
      aria-label={label}
      className="search-field"
      value={typed}
      onChange={setTyped}
      onSubmit={(text) => onSearch(text.trim())}
      onClear={() => onSearch("")}
    >
      <Icon name="search" />
      <Input placeholder={label} />
      <Button aria-label="Clear">
        <Icon name="close" />
      </Button>
    </AriaSearchField>
  );
}
