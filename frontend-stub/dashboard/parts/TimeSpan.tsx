import { useId } from "react";

import { brief } from "../format/times";
import { useZone } from "../shell/preferences";
import { Button } from "./Button";
import { FilterPanel } from "./FilterPanel";
import { MomentField } from "./MomentField";

/** From when until when; null: without a bound. */
export interface Span {
  from: string | null;
  to: string | null;
}

/** Filters by time, in the zone of whoever looks. */
export function TimeSpan({ from, to, onChange }: Span & { onChange: (span: Span) => void }) {
  const zone = useZone();
  const said = [from && `from ${brief(from, zone)}`, to && `until ${brief(to, zone)}`].filter(Boolean).join(" ");
  return (
    <FilterPanel name="Time" says={said || undefined}>
      <Moment label="From" at={from} onChange={(at) => onChange({ from: at, to })} />
      <Moment label="Until" at={to} onChange={(at) => onChange({ from, to: at })} />
      {said !== "" && (
        <Button small onPress={() => onChange({ from: null, to: null })}>
          Any time
        </Button>
      )}
    </FilterPanel>
  );
}

function Moment({ label, at, onChange }: { label: string; at: string | null; onChange: (at: string | null) => void }) {
  const id = useId();
  return (
    <div className="field">
      <MomentField label={label} id={id} at={at} onChange={onChange} />
    </div>
  );
}
