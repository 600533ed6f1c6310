import { useEffect, useState } from "react";

import { TextField } from "./TextField";

interface FilterTextProps {
  label: string;
  description?: string;
  value: string;
  onChange: (text: string) => void;
  /** Only digits are taken. */
  isNumber?: boolean;
}

/** A text to filter by: asked for on Enter, and when the field is left. */
export function FilterText({ label, description, value, onChange, isNumber = false }: FilterTextProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const done = () => typed.trim() !== value && onChange(typed.trim());
  return (
    <TextField
      label={label}
      value={typed}
      onChange={(text) => setTyped(isNumber ? text.replace(/\D/g, "").slice(0, 9) : text)}
      onBlur={done}
      onKeyDown={(event) => (event.key === "Enter" ? done() : event.continuePropagation())}
      {...(isNumber ? { inputMode: "numeric" as const } : {})}
      {...(description === undefined ? {} : { description })}
    />
  );
}
