import "./diff.css";

import { shown } from "../format/json";

interface FieldChange {
  path: string;
  before: unknown;
  after: unknown;
  redacted: boolean;
}

/** Properties before and after. */
export function Diff({ changes }: { changes: readonly FieldChange[] }) {
  if (changes.length === 0) return null;
  return (
    <dl className="diff">
      {changes.map((change) => (
        <Property key={change.path} {...change} />
      ))}
    </dl>
  );
}

function Property({ path, before, after, redacted }: FieldChange) {
  return (
    <>
      <dt>{path}</dt>
      <dd>
        {before !== null && before !== undefined && (
          <>
            <span className="visually-hidden">before </span>
            <del>{shown(before)}</del> <span aria-hidden="true">→</span> <span className="visually-hidden">after </span>
          </>
        )}
        <ins>{shown(after)}</ins>
        {redacted && <span className="quiet"> (masked)</span>}
      </dd>
    </>
  );
}
