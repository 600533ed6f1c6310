import { describe, expect, it } from "vitest";

import { type MappingDocument, normalise, rebase } from "./document";

const SETTINGS = {
  delimiter: "-",
  roleAttribute: "title",
  groupAttribute: "userType",
  emptyTitle: "ASSIGN_NONE",
  unmappedTitle: "ASSIGN_NONE",
  unmappedGroup: "ASSIGN_NONE",
  defaultRole: null,
  defaultGroups: [],
} as const;

function mapping(roles: Record<string, string>, delimiter = "-"): MappingDocument {
  return {
    settings: { ...SETTINGS, defaultGroups: [], delimiter },
    roleRules: Object.entries(roles).map(([title, role]) => ({ title, role })),
    groupRules: [],
  };
}

const BASE = mapping({ Agent: "agent", Boss: "boss" });

describe("a change done to another mapping", () => {
  it.each([
    ["nothing changed", BASE, mapping({ Agent: "chief" }), mapping({ Agent: "chief" })],
    ["a rule added", mapping({ Agent: "agent", Boss: "boss", Cook: "cook" }), mapping({ Dean: "dean" }), mapping({ Dean: "dean", Cook: "cook" })],
    ["a rule changed that is there", mapping({ Agent: "chief", Boss: "boss" }), mapping({ " AGENT": "agent" }), mapping({ Agent: "chief" })],
    ["a rule removed", mapping({ Boss: "boss" }), mapping({ agent: "agent", Cook: "cook" }), mapping({ Cook: "cook" })],
    ["a rule changed that is there no more", mapping({ Agent: "chief", Boss: "boss" }), mapping({}), mapping({ Agent: "chief" })],
    ["a setting changed", mapping({ Agent: "agent", Boss: "boss" }, "/"), mapping({ Cook: "cook" }), mapping({ Cook: "cook" }, "/")],
    ["another setting changed by them", BASE, mapping({}, "|"), mapping({}, "|")],
  ])("%s", (_case, mine, theirs, expected) => {
    expect(rebase(BASE, mine, theirs)).toEqual(expected);
  });
});

describe("values as rules compare them", () => {
  it.each([
    ["  Property   MANAGER ", "property manager"],
    ["CAFÉ", "café"],
    ["Cafe\u0301", "café"],
    [" \t ", ""],
  ])("%j", (value, expected) => {
    expect(normalise(value)).toBe(expected);
  });
});
