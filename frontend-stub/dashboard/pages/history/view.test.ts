import { describe, expect, it } from "vitest";

import { NOTHING, whereOf } from "./view";

describe("what the history is asked for", () => {
  it("is nothing without a filter", () => {
    expect(whereOf(NOTHING)).toEqual({});
  });

  it("is every filter that is set", () => {
    expect(whereOf({ ...NOTHING, changed: ["title"], user: "u", by: "k", mapping: "7", from: "2026-11-27T14:00:00.000Z" })).toEqual({
      changedPath: ["title"],
      userId: { eq: "u" },
      actorId: { eq: "k" },
      mappingVersion: { eq: 7 },
      occurredAt: { gte: "2026-11-27T14:00:00.000Z" },
    });
  });
});
