import "./field.css";

import { fromField, toField } from "../format/times";
import { useZone } from "../shell/preferences";

interface MomentFieldProps {
  label: string;
  id: string;
  at: string | null;
  /** Called when the field is left, or on Enter: a date that is being typed is a date already. */
  onChange: (at: string | null) => void;
}

/** A moment, in the time zone of whoever looks. */
export function MomentField({ label, id, at, onChange }: MomentFieldProps) {
  const zone = useZone();
  const shown = at === null ? "" : toField(at, zone);
  const take = (text: string) => text !== shown && onChange(fromField(text, zone));
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <input
        key={shown}
        id={id}
        className="input"
        type="datetime-local"
        defaultValue={shown}
        onBlur={(event) => take(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && take(event.currentTarget.value)}
      />
    </>
  );
}
