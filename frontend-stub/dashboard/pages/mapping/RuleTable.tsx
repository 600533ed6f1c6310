import { type ReactNode, useEffect, useId, useRef } from "react";

import { type KeyOf, removedRules, rowStates } from "../../mapping/changes";
import { normalise } from "../../mapping/document";
import type { FoundFragment } from "../../mapping/generated/Mapping";
import { Findings } from "../../mapping/Findings";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";

const STATES = { new: { word: "new", tone: "good" }, changed: { word: "changed", tone: "info" } } as const;

interface RuleTableProps<R extends { note?: string }> {
  label: string;
  /** Of values: `title`. */
  valueName: string;
  givesName: string;
  rules: R[];
  base: R[];
  keyOf: KeyOf<R>;
  textOf: (rule: R) => string;
  withValue: (rule: R, value: string) => R;
  blank: R;
  /** What a rule gives: to choose, or to read. */
  gives: (rule: R, name: string, change: (rule: R) => void) => ReactNode;
  findings: Map<number, FoundFragment[]>;
  /** Only rules whose value has this in it, and those that differ from before. */
  find: string;
  mayEdit: boolean;
  onChange: (rules: R[]) => void;
}

/** Rules as rows to write in; the focus follows what is added and what is left after a removal. */
export function RuleTable<R extends { note?: string }>(props: RuleTableProps<R>) {
  const { label, rules, base, keyOf, textOf, blank, find, mayEdit, onChange } = props;
  const place = useRef<HTMLDivElement>(null);
  const wanted = useRef<string | null>(null);
  const id = useId();
  const states = rowStates(base, rules, keyOf);
  const removed = removedRules(base, rules, keyOf);
  const isShown = (row: number) => states[row] !== "same" || normalise(textOf(rules[row] as R)).includes(normalise(find));

  useEffect(() => {
    if (wanted.current === null) return;
    place.current?.querySelector<HTMLElement>(wanted.current)?.focus();
    wanted.current = null;
  });

  function add() {
    wanted.current = `[data-row="${rules.length}"] input`;
    onChange([...rules, blank]);
  }

  function remove(row: number) {
    wanted.current = rules.length === 1 ? ".add" : `[data-row="${Math.min(row, rules.length - 2)}"] button.remove`;
    onChange(rules.filter((_, each) => each !== row));
  }

  return (
    <section className="card flush" aria-labelledby={id} ref={place}>
      <div className="row spread table-head">
        <h2 id={id}>
          {label} <span className="quiet count">{rules.length}</span>
        </h2>
        {mayEdit && (
          <button type="button" className="button small add" onClick={add}>
            Add a rule
          </button>
        )}
      </div>
      {rules.length === 0 ? (
        <p className="quiet pad">There is no rule yet.</p>
      ) : (
        <table className="rules">
          <thead>
            <tr>
              <th scope="col">{props.valueName}</th>
              <th scope="col">{props.givesName}</th>
              <th scope="col">Note</th>
              {mayEdit && (
                <th scope="col">
                  <span className="visually-hidden">Change</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rules.map(
              (rule, row) =>
                isShown(row) && (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a row is where it stands, and holds nothing of its own
                  <RuleRow key={row} {...props} rule={rule} row={row} state={states[row] ?? "same"} onRemove={() => remove(row)} />
                ),
            )}
          </tbody>
        </table>
      )}
      {removed.length > 0 && (
        <div className="removed">
          {removed.map((rule) => (
            <p key={keyOf(rule)} className="row">
              <Badge tone="bad">removed</Badge> <del>{textOf(rule)}</del>
              <Button small kind="plain" onPress={() => onChange([...rules, rule])} aria-label={`Put back ${textOf(rule)}`}>
                Put back
              </Button>
            </p>
          ))}
        </div>
      )}
    </section>
  );
}

interface RuleRowProps<R extends { note?: string }> extends RuleTableProps<R> {
  rule: R;
  row: number;
  state: "new" | "changed" | "same";
  onRemove: () => void;
}

function RuleRow<R extends { note?: string }>({ rule, row, state, onRemove, ...props }: RuleRowProps<R>) {
  const { rules, textOf, withValue, valueName, givesName, gives, findings, mayEdit, onChange } = props;
  const found = findings.get(row) ?? [];
  const id = useId();
  const name = textOf(rule).trim() || `rule ${row + 1}`;
  const change = (next: R) => onChange(rules.map((each, index) => (index === row ? next : each)));
  if (!mayEdit) {
    return (
      <tr>
        <td data-heading={valueName}>{textOf(rule)}</td>
        <td data-heading={givesName}>{gives(rule, name, change)}</td>
        <td data-heading="Note">{rule.note ?? <span className="quiet">–</span>}</td>
      </tr>
    );
  }
  return (
    <>
      <tr data-row={row} className={state}>
        <td data-heading={valueName}>
          <input
            className="input"
            aria-label={`${valueName} of ${name}`}
            aria-invalid={found.some(({ severity }) => severity === "ERROR")}
            aria-describedby={state === "same" && found.length === 0 ? undefined : id}
            value={textOf(rule)}
            onChange={(event) => change(withValue(rule, event.target.value))}
          />
        </td>
        <td data-heading={givesName}>{gives(rule, name, change)}</td>
        <td data-heading="Note">
          <input
            className="input"
            aria-label={`Note of ${name}`}
            value={rule.note ?? ""}
            onChange={(event) => change(withNote(rule, event.target.value))}
          />
        </td>
        <td>
          <button type="button" className="button small plain remove" aria-label={`Remove ${name}`} onClick={onRemove}>
            <Icon name="close" />
          </button>
        </td>
      </tr>
      {(state !== "same" || found.length > 0) && (
        <tr className={`found ${state}`}>
          <td colSpan={4} id={id}>
            {state !== "same" && <Badge tone={STATES[state].tone}>{STATES[state].word}</Badge>}
            <Findings findings={found} />
          </td>
        </tr>
      )}
    </>
  );
}

/** An empty note is none. */
function withNote<R extends { note?: string }>(rule: R, note: string): R {
  const { note: _, ...rest } = rule;
  return (note === "" ? rest : { ...rest, note }) as R;
}
