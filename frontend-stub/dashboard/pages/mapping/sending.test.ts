import { describe, expect, it } from "vitest";

import type { MappingDocument } from "../../mapping/document";
import { countChanges, groupKey, removedRules, roleKey, rowStates } from "../../mapping/changes";
import { placed, toSent } from "./sending";

const SETTINGS: MappingDocument["settings"] = {
  delimiter: "-",
  roleAttribute: "title",
  groupAttribute: "userType",
  emptyTitle: "ASSIGN_NONE",
  unmappedTitle: "ASSIGN_NONE",
  unmappedGroup: "ASSIGN_NONE",
  defaultRole: null,
  defaultGroups: [],
};
const BASE: MappingDocument = {
  settings: SETTINGS,
  roleRules: [
    { title: "Agent", role: "agent" },
    { title: "Boss", role: "boss" },
  ],
  groupRules: [{ segment: "north", groups: ["north"] }],
};
const DRAFT: MappingDocument = {
  settings: { ...SETTINGS, delimiter: "/" },
  roleRules: [
    { title: "", role: "" },
    { title: " agent", role: "agent", note: "why" },
    { title: "Cook", role: "" },
  ],
  groupRules: [{ segment: "north", groups: ["north"] }],
};
const finding = (path: string | null) => ({ severity: "WARNING", code: "X", message: "x", path, line: null }) as const;

describe("a draft", () => {
  it("is sent without blank rows, and what is found comes back to its row", () => {
    const sent = toSent(DRAFT);
    expect(sent.document.roleRules.map((rule) => rule.title)).toEqual([" agent", "Cook"]);

    const found = placed(["roleRules[1].role", "settings.delimiter", "roleRules", "groupRules[0].segment", null].map(finding), sent);

    expect([...found.role.keys()]).toEqual([2]);
    expect([...found.group.keys()]).toEqual([0]);
    expect([...found.settings.keys()]).toEqual(["delimiter"]);
    expect(found.rest.map(({ path }) => path)).toEqual(["roleRules", null]);
  });

  it("is compared with what it began with", () => {
    expect(rowStates(BASE.roleRules, DRAFT.roleRules, roleKey)).toEqual(["new", "changed", "new"]);
    expect(rowStates(BASE.groupRules, DRAFT.groupRules, groupKey)).toEqual(["same"]);
    expect(removedRules(BASE.roleRules, DRAFT.roleRules, roleKey)).toEqual([{ title: "Boss", role: "boss" }]);
    expect(countChanges(BASE, BASE)).toBe(0);
    expect(countChanges(BASE, toSent(DRAFT).document)).toBe(4);
  });
});
