import { describe, expect, it } from "vitest";

import { ago, brief, exact, fromField, toField } from "./times";

const AT = "2026-11-27T14:03:09.123Z";
const NOW = new Date("2026-11-28T15:00:00Z");

describe("times", () => {
  it("are exact with their zone", () => {
    expect(exact(AT, "utc")).toBe("27 Nov 2026, 14:03:09 UTC");
  });

  it.each([
    ["this year", AT, "27 Nov, 14:03"],
    ["another year", "2024-02-29T00:00:00Z", "29 Feb 2024, 00:00"],
  ])("are brief: %s", (_case, at, expected) => {
    expect(brief(at, "utc", NOW)).toBe(expected);
  });

  it.each([
    [AT, "yesterday"],
    ["2026-11-28T13:30:00Z", "1 hour ago"],
    ["2026-11-28T14:58:30Z", "1 minute ago"],
    ["2026-11-28T14:59:30Z", "now"],
    ["2026-11-30T15:00:00Z", "in 2 days"],
  ])("are relative: %s", (at, expected) => {
    expect(ago(at, NOW)).toBe(expected);
  });

  it.each(["utc", "local"] as const)("go into a field and back: %s", (zone) => {
    expect(fromField(toField(AT, zone), zone)).toBe("2026-11-27T14:03:00.000Z");
  });

  it("are not there in an empty field", () => {
    expect(fromField("", "utc")).toBeNull();
  });
});
