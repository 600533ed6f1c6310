import { expect, it } from "vitest";

import { verdictOf } from "./probes";

const users = { operation: "LIST_USERS", status: 200 };
const groups = { operation: "LIST_GROUPS", status: 200 };

it.each([
  ["nothing has come", [], 0, "waiting"],
  ["only users were asked for", [users], 0, "half"],
  ["both were asked for", [users, groups], 0, "passed"],
  ["both, after a refusal", [{ ...users, status: 403 }, users, groups], 0, "passed"],
  ["an answer was a refusal", [users, { ...groups, status: 404 }], 0, "failed"],
  ["a token was refused", [], 1, "failed"],
] as const)("tells how far it is when %s", (_case, probes, refused, expected) => {
  expect(verdictOf(probes, refused)).toBe(expected);
});
