import { describe, expect, it } from "vitest";

import { NOTHING, whereOf } from "./view";

const ID = "01a22231-87ca-71b6-93d6-a23663b76faa";

describe("what the request log is asked for", () => {
  it("is nothing without a filter", () => {
    expect(whereOf(NOTHING)).toEqual({});
  });

  it("is every filter that is set", () => {
    expect(whereOf({ ...NOTHING, status: ["4", "5"], type: ["uniqueness"], subject: ID, slower: "250", to: "2026-11-27T14:00:00.000Z" })).toEqual({
      statusClass: [4, 5],
      scimType: ["uniqueness"],
      scimId: [ID],
      durationMs: { gte: 250 },
      receivedAt: { lte: "2026-11-27T14:00:00.000Z" },
    });
  });

  it("finds nothing by what is no id", () => {
    expect(whereOf({ ...NOTHING, subject: "ana" })).toEqual({ scimId: [] });
  });
});
