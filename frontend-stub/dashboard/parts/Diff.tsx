import "./diff.css";

import { useState } from "react";

import { shown } from "../format/json";
import { Button } from "./Button";
import { decisiveFirst, isNothing, shortPath } from "./changes";

interface FieldChange {
  path: string;
  before: unknown;
  after: unknown;
  redacted: boolean;
}

const FEW = 6;

/** Properties before and after; of many the first few, the rest on request. */
export function Diff({ changes }: { changes: readonly FieldChange[] }) {
  const [all, setAll] = useState(false);
  if (changes.length === 0) return null;
  const listed = decisiveFirst(changes);
  const hidden = all || listed.length <= FEW + 1 ? 0 : listed.length - FEW;
  return (
    <>
      <dl className="diff">
        {listed.slice(0, listed.length - hidden).map((change) => (
          <Property key={change.path} {...change} />
        ))}
      </dl>
      {hidden > 0 && (
        <div>
          <Button small kind="plain" onPress={() => setAll(true)}>
            {`Show ${hidden} more`}
          </Button>
        </div>
      )}
    </>
  );
}

function Property({ path, before, after, redacted }: FieldChange) {
  return (
    <>
      <dt title={path}>{shortPath(path)}</dt>
      <dd>
        {!isNothing(before) && (
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
