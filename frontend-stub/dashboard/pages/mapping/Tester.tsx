import { useEffect, useId, useRef } from "react";

import type { MappingDocument } from "../../mapping/document";
import { Badge } from "../../parts/Badge";
import { Icon } from "../../parts/Icon";
import type { TryingQuery } from "./generated/Editor";

type Result = NonNullable<TryingQuery["evaluateMapping"]>["results"][number];

export interface Sample {
  title: string;
  userType: string;
}

export const BLANK: Sample = { title: "", userType: "" };
const MAX_ROWS = 10;

interface TesterProps {
  settings: MappingDocument["settings"];
  samples: Sample[];
  results: readonly Result[];
  onChange: (samples: Sample[]) => void;
}

/** What the draft would give to people with these values, and why. */
export function Tester({ settings, samples, results, onChange }: TesterProps) {
  const id = useId();
  const place = useRef<HTMLElement>(null);
  const isAdded = useRef(false);

  useEffect(() => {
    if (isAdded.current) place.current?.querySelector<HTMLElement>("li:last-of-type input")?.focus();
    isAdded.current = false;
  });

  function add() {
    isAdded.current = true;
    onChange([...samples, BLANK]);
  }

  const set = (row: number, part: Partial<Sample>) => onChange(samples.map((each, index) => (index === row ? { ...each, ...part } : each)));

  return (
    <section className="card stack" aria-labelledby={id} ref={place}>
      <h2 id={id}>Try it</h2>
      <ol className="samples">
        {samples.map((sample, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is where it stands, and holds nothing of its own
          <li key={row}>
            <div className="sample">
              <input
                className="input"
                aria-label={`${settings.roleAttribute} of person ${row + 1}`}
                placeholder={settings.roleAttribute}
                value={sample.title}
                onChange={(event) => set(row, { title: event.target.value })}
              />
              <input
                className="input"
                aria-label={`${settings.groupAttribute} of person ${row + 1}`}
                placeholder={settings.groupAttribute}
                value={sample.userType}
                onChange={(event) => set(row, { userType: event.target.value })}
              />
              {samples.length > 1 && (
                <button
                  type="button"
                  className="button small plain"
                  aria-label={`Remove person ${row + 1}`}
                  onClick={() => onChange(samples.filter((_, index) => index !== row))}
                >
                  <Icon name="close" />
                </button>
              )}
            </div>
            <Outcome result={results.find(({ ref }) => ref === String(row))} />
          </li>
        ))}
      </ol>
      {samples.length < MAX_ROWS && (
        <div>
          <button type="button" className="button small" onClick={add}>
            Another person
          </button>
        </div>
      )}
    </section>
  );
}

function Outcome({ result }: { result: Result | undefined }) {
  if (!result) return null;
  const { proposed, today, changes } = result;
  return (
    <div className="outcome" role="status">
      <p className="row">
        <strong>{proposed.role.role?.name ?? "No role"}</strong>
        <span>{proposed.groups.flatMap(({ groups }) => groups.map(({ name }) => name)).join(", ") || "no groups"}</span>
        {changes && <Badge tone="info">changes</Badge>}
      </p>
      <p className="small">{proposed.role.sentence}</p>
      {proposed.groups.map(({ segment, sentence }) => (
        <p key={segment} className="small">
          {sentence}
        </p>
      ))}
      {changes && <p className="small quiet">Today: {today.summary}</p>}
    </div>
  );
}
