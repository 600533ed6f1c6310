import { describe, expect, it } from "vitest";

import { ages } from "./ages";

describe("ages", () => {
  it("takes the latest change of each attribute", () => {
    const found = ages([
      { occurredAt: "2026-11-03", changes: [{ path: "title" }] },
      { occurredAt: "2026-11-02", changes: [{ path: "title" }, { path: "userType" }] },
      { occurredAt: "2026-11-01", changes: [{ path: "userType" }, { path: "userName" }] },
    ]);

    expect(Object.fromEntries(found)).toEqual({ title: "2026-11-03", userType: "2026-11-02", userName: "2026-11-01" });
  });
});
