import { useEffect, useRef } from "react";

import { useAsk } from "../../api/useAsk";
import { RuleChanges } from "../../mapping/RuleChanges";
import type { Names } from "../../mapping/names";
import { Button } from "../../parts/Button";
import { Shown } from "../../parts/states";
import { useTenant } from "../../shell/TenantGate";
import { ComparingDocument } from "./generated/Versions";

interface Two {
  from: number;
  to: number;
}

interface CompareProps extends Two {
  /** The highest number that there is. */
  latest: number;
  names: Names;
  onChange: (two: Two) => void;
  onClose: () => void;
}

/** What differs between two versions. */
export function Compare({ from, to, latest, names, onChange, onClose }: CompareProps) {
  const tenant = useTenant();
  const asked = useAsk(ComparingDocument, { tenantId: tenant.id, from, to });
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => heading.current?.focus(), []);

  return (
    <section className="card stack compare" aria-labelledby="compare">
      <div className="row spread">
        <h2 id="compare" tabIndex={-1} ref={heading}>
          From version {from} to {to}
        </h2>
        <div className="row">
          <Numbers label="From" value={from} latest={latest} onChange={(chosen) => onChange({ from: chosen, to })} />
          <Numbers label="To" value={to} latest={latest} onChange={(chosen) => onChange({ from, to: chosen })} />
          <Button small kind="plain" onPress={onClose}>
            Close
          </Button>
        </div>
      </div>
      <Shown of={asked} what="differences">
        {({ tenant: found }) =>
          found?.mapping?.diff ? (
            <RuleChanges difference={found.mapping.diff} names={names} />
          ) : (
            <p className="quiet">There are no two such versions to compare.</p>
          )
        }
      </Shown>
    </section>
  );
}

function Numbers({ label, value, latest, onChange }: { label: string; value: number; latest: number; onChange: (chosen: number) => void }) {
  return (
    <label className="numbers">
      {label}
      <input
        className="input"
        type="number"
        min={1}
        max={latest}
        value={value}
        onChange={(event) => event.target.validity.valid && event.target.value !== "" && onChange(event.target.valueAsNumber)}
      />
    </label>
  );
}
