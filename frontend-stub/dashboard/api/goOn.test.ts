import { describe, expect, it } from "vitest";

import { goOn } from "./goOn";

describe("a subscription that goes on", () => {
  it.each([
    ["after the edge that came last", { after: "a", where: 1 }, { events: { cursor: "b", node: {} } }, { after: "b", where: 1 }],
    ["where it was, if nothing came", { after: "a" }, null, { after: "a" }],
    ["where it was, if no edge came", { after: "a" }, { job: { id: "1" } }, { after: "a" }],
    ["without a place, if it asks for none", { jobId: "1" }, { events: { cursor: "b" } }, { jobId: "1" }],
  ])("%s", (_case, variables, data, expected) => {
    expect(goOn(variables, data)).toEqual(expected);
  });
});
