import "./mapping.css";

import { isNothing } from "../parts/changes";
import { Badge } from "../parts/Badge";
import { Diff } from "../parts/Diff";
import type { DifferenceFragment, RuleDifferenceFragment } from "./generated/Mapping";
import type { GroupRule, RoleRule } from "./document";
import type { Names } from "./names";

type Rule = Partial<RoleRule & GroupRule>;

const KINDS = { added: { word: "new", tone: "good" }, removed: { word: "gone", tone: "bad" }, changed: { word: "changed", tone: "info" } } as const;

/** What differs between two mappings, rule by rule. */
export function RuleChanges({ difference, names }: { difference: DifferenceFragment; names: Names }) {
  const kinds = ["added", "changed", "removed"] as const;
  const settings = difference.settingsChanged.map((change) => ({ ...change, path: change.path.replace("settings.", "") }));
  if (settings.length === 0 && kinds.every((kind) => difference[kind].length === 0)) return <p className="quiet">Nothing.</p>;
  return (
    <>
      <ul className="rule-changes">
        {kinds.flatMap((kind) =>
          difference[kind].map((change) => (
            <li key={`${kind} ${change.kind} ${change.key}`}>
              <Badge tone={KINDS[kind].tone}>{KINDS[kind].word}</Badge>
              <span>
                <span className="quiet">{change.kind === "ROLE" ? "title" : "userType"}</span> “{spelled(change)}”
              </span>
              <BeforeAfter before={given(change.before, names)} after={given(change.after, names)} />
            </li>
          )),
        )}
      </ul>
      {settings.length > 0 && <Diff changes={settings} />}
    </>
  );
}

const NOTHING = "none";

/** What was struck out, an arrow, what is there now; what does not differ stands by itself. */
export function BeforeAfter({ before, after }: { before: string | null; after: string | null }) {
  if (before === after) return <span>{after ?? <span className="quiet">{NOTHING}</span>}</span>;
  return (
    <span className="before-after">
      {before !== null && (
        <>
          <span className="visually-hidden">before </span>
          {before === NOTHING ? <span className="quiet">{before}</span> : <del>{before}</del>} <span aria-hidden="true">→</span>{" "}
          <span className="visually-hidden">after </span>
        </>
      )}
      {after === null || after === NOTHING ? <span className="quiet">{NOTHING}</span> : <ins>{after}</ins>}
    </span>
  );
}

const spelled = ({ before, after, key }: RuleDifferenceFragment): string => {
  const rule = (after ?? before) as Rule | null;
  return rule?.title ?? rule?.segment ?? key;
};

/** What a rule gives, in names, with its note. */
function given(value: unknown, names: Names): string | null {
  const rule = value as Rule | null;
  if (rule === null || isNothing(rule)) return null;
  const what = rule.role === undefined ? (rule.groups ?? []).map(names.group).join(", ") : names.role(rule.role);
  return rule.note ? `${what} (${rule.note})` : what;
}
