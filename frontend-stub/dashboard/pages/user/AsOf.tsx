import { Button } from "../../parts/Button";
import { MomentField } from "../../parts/MomentField";

/** Chooses the moment that is asked about. */
export function AsOf({ at, onChange }: { at: string | null; onChange: (at: string | null) => void }) {
  return (
    <div className="as-of">
      <MomentField label="As of" id="at" at={at} onChange={onChange} />
      {at !== null && (
        <Button small onPress={() => onChange(null)}>
          Now
        </Button>
      )}
    </div>
  );
}
