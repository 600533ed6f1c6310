import "../../parts/field.css";

import { fromField, toField } from "../../format/times";
import { Button } from "../../parts/Button";
import { useZone } from "../../shell/preferences";

/** Chooses the moment that is asked about, in the time zone of whoever looks. */
export function AsOf({ at, onChange }: { at: string | null; onChange: (at: string | null) => void }) {
  const zone = useZone();
  return (
    <div className="as-of">
      <label htmlFor="at">As of</label>
      <input
        id="at"
        className="input"
        type="datetime-local"
        value={at === null ? "" : toField(at, zone)}
        onChange={(event) => onChange(fromField(event.target.value, zone))}
      />
      {at !== null && (
        <Button small onPress={() => onChange(null)}>
          Now
        </Button>
      )}
    </div>
  );
}
