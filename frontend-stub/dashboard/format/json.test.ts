import { expect, test } from "vitest";

import { shown } from "./json";

test.each([
  [null, "–"],
  ["", "–"],
  ["Agent", "Agent"],
  [true, "true"],
  [7, "7"],
  [["north", "vip"], "north, vip"],
  [[], "–"],
  [{ segment: "South", groups: ["south", "vip"], note: null }, "segment: South; groups: south, vip; note: –"],
  [{}, "{}"],
  [{ name: { givenName: "Ana" } }, '{"name":{"givenName":"Ana"}}'],
  [[{ value: "a" }], '[{"value":"a"}]'],
])("%j is shown as %s", (value, text) => {
  expect(shown(value)).toBe(text);
});
