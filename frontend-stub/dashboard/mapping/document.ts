/** A mapping document as the pages hold it; docs/mapping-document.md says what it means. */
import type { UnmappedPolicy } from "../generated/schema";

export interface Settings {
  delimiter: string;
  roleAttribute: string;
  groupAttribute: string;
  emptyTitle: UnmappedPolicy;
  unmappedTitle: UnmappedPolicy;
  unmappedGroup: UnmappedPolicy;
  defaultRole: string | null;
  defaultGroups: string[];
}

export interface RoleRule {
  title: string;
  /** The role's key; empty while nobody has chosen one. */
  role: string;
  note?: string;
}

export interface GroupRule {
  segment: string;
  /** Keys of employee groups. */
  groups: string[];
  note?: string;
}

export interface MappingDocument {
  settings: Settings;
  roleRules: RoleRule[];
  groupRules: GroupRule[];
}

/** Reads what the server wrote. */
export const read = (json: string): MappingDocument => JSON.parse(json) as MappingDocument;

/** Writes it for the server; a role that nobody has chosen is left out, so that it is said to be missing. */
export const write = (document: MappingDocument): string =>
  JSON.stringify(document, (name, value) => (name === "role" && value === "" ? undefined : value));

export const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The form in which values are compared, as the server does it. */
export const normalise = (value: string): string => value.normalize("NFC").toLowerCase().normalize("NFC").trim().split(/\s+/).join(" ");

const titleOf = (rule: RoleRule) => normalise(rule.title);
const segmentOf = (rule: GroupRule) => normalise(rule.segment);

/**
 * What somebody made of one mapping, done to another: rules and settings that they changed are as they have them, the
 * rest as in the other.
 * @param base what they began with.
 * @param mine what they made of it.
 * @param theirs what came into force meanwhile.
 */
export function rebase(base: MappingDocument, mine: MappingDocument, theirs: MappingDocument): MappingDocument {
  return {
    settings: settingsOn(base.settings, mine.settings, theirs.settings),
    roleRules: rulesOn(base.roleRules, mine.roleRules, theirs.roleRules, titleOf),
    groupRules: rulesOn(base.groupRules, mine.groupRules, theirs.groupRules, segmentOf),
  };
}

function settingsOn(base: Settings, mine: Settings, theirs: Settings): Settings {
  const names = Object.keys(mine) as (keyof Settings)[];
  const changed = names.filter((name) => !same(base[name], mine[name])).map((name) => [name, mine[name]]);
  return { ...theirs, ...(Object.fromEntries(changed) as Partial<Settings>) };
}

function rulesOn<R>(base: R[], mine: R[], theirs: R[], keyOf: (rule: R) => string): R[] {
  const before = new Map(base.map((rule) => [keyOf(rule), rule]));
  const kept = new Set(mine.map(keyOf));
  const changed = new Map(mine.filter((rule) => !same(before.get(keyOf(rule)), rule)).map((rule) => [keyOf(rule), rule]));
  const removed = new Set([...before.keys()].filter((key) => !kept.has(key)));
  const there = new Set(theirs.map(keyOf));
  return [
    ...theirs.filter((rule) => !removed.has(keyOf(rule))).map((rule) => changed.get(keyOf(rule)) ?? rule),
    ...[...changed].filter(([key]) => !there.has(key)).map(([, rule]) => rule),
  ];
}
