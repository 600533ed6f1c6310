/** What a draft changes in the mapping that it began with. */
import { type GroupRule, type MappingDocument, normalise, type RoleRule, same, type Settings } from "./document";

export type RowState = "new" | "changed" | "same";

export type KeyOf<R> = (rule: R) => string;

export const roleKey: KeyOf<RoleRule> = (rule) => normalise(rule.title);
export const groupKey: KeyOf<GroupRule> = (rule) => normalise(rule.segment);

/** Of each rule of the draft, in order, how it stands to the rules that there were. */
export function rowStates<R>(base: readonly R[], draft: readonly R[], keyOf: KeyOf<R>): RowState[] {
  const before = new Map(base.map((rule) => [keyOf(rule), rule]));
  return draft.map((rule) => {
    const earlier = before.get(keyOf(rule));
    if (earlier === undefined) return "new";
    return same(earlier, rule) ? "same" : "changed";
  });
}

/** The rules that there were and that the draft has no more. */
export function removedRules<R>(base: readonly R[], draft: readonly R[], keyOf: KeyOf<R>): R[] {
  const kept = new Set(draft.map(keyOf));
  return base.filter((rule) => !kept.has(keyOf(rule)));
}

/** How many rules and settings the draft changes. */
export function countChanges(base: MappingDocument, draft: MappingDocument): number {
  const settings = Object.keys(draft.settings) as (keyof Settings)[];
  return (
    settings.filter((name) => !same(base.settings[name], draft.settings[name])).length +
    countRules(base.roleRules, draft.roleRules, roleKey) +
    countRules(base.groupRules, draft.groupRules, groupKey)
  );
}

function countRules<R>(base: readonly R[], draft: readonly R[], keyOf: KeyOf<R>): number {
  return rowStates(base, draft, keyOf).filter((state) => state !== "same").length + removedRules(base, draft, keyOf).length;
}
