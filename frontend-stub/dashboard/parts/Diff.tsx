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
const FEWEST = 3;

interface DiffProps {
  changes: readonly FieldChange[];
  /** All of them from the start. */
  all?: boolean;
  /** The first few only: the rest is elsewhere. */
  short?: boolean;
}

/** Properties before and after; of many the first few, the rest on request. */
export function Diff({ changes, all: allFromStart = false, short = false }: DiffProps) {
  const [all, setAll] = useState(allFromStart);
  if (changes.length === 0) return null;
  const listed = decisiveFirst(changes);
  const few = short ? FEWEST : FEW;
  const hidden = all || listed.length <= few + 1 ? 0 : listed.length - few;
  return (
    <>
      <dl className={short ? "diff short" : "diff"}>
        {listed.slice(0, listed.length - hidden).map((change) => (
          <Property key={change.path} {...change} />
        ))}
      </dl>
      {hidden > 0 && short && <p className="quiet small">{`and ${hidden} more`}</p>}
      {hidden > 0 && !short && (
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
