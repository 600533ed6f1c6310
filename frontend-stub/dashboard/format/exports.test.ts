import { describe, expect, it } from "vitest";

import { size } from "./exports";

describe("the size of a file", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 kB"],
    [23_400_000, "23.4 MB"],
    [2_147_483_648, "2.1 GB"],
  ])("of %i bytes is %s", (bytes, expected) => {
    expect(size(bytes)).toBe(expected);
  });
});
