interface SelectProps {
  label: string;
  value: string;
  options: readonly { key: string; name: string }[];
  /** What stands for nothing; left out: something must be chosen. */
  none?: string;
  onChange: (key: string) => void;
}

/** The browser's own list: there may be thousands of them on a page. */
export function Select({ label, value, options, none, onChange }: SelectProps) {
  const isKnown = value === "" || options.some(({ key }) => key === value);
  return (
    <select className="input" aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      {(none !== undefined || value === "") && <option value="">{none ?? "Choose"}</option>}
      {!isKnown && <option value={value}>{value}</option>}
      {options.map(({ key, name }) => (
        <option key={key} value={key}>
          {name}
        </option>
      ))}
    </select>
  );
}
