import { describe, expect, it } from "vitest";

import { warningsOf } from "./consent";

describe("what has to be accepted", () => {
  it("is each kind of warning once, and nothing else", () => {
    const found = warningsOf([
      { severity: "WARNING", code: "NEAR_DUPLICATE", message: "one" },
      { severity: "INFO", code: "RULE_MATCHES_NOBODY", message: "two" },
      { severity: "WARNING", code: "PRIVILEGED_GAIN", message: "three" },
      { severity: "WARNING", code: "NEAR_DUPLICATE", message: "four" },
    ]);

    expect(found).toEqual([
      { code: "NEAR_DUPLICATE", messages: ["one", "four"] },
      { code: "PRIVILEGED_GAIN", messages: ["three"] },
    ]);
  });
});
