import { expect, it } from "vitest";

import { around, bucket } from "./cycles";

it("looks a little further back than the first answer of a cycle", () => {
  expect(around({ startedAt: "2026-11-25T12:00:10.000Z", endedAt: "2026-11-25T12:05:00.000Z" })).toEqual({
    from: "2026-11-25T11:59:40.000Z",
    to: "2026-11-25T12:05:00.000Z",
  });
});

it("ends a part of a chart before the next begins", () => {
  expect(bucket("2026-11-25T12:00:00.000Z", 3_600)).toEqual({ from: "2026-11-25T12:00:00.000Z", to: "2026-11-25T12:59:59.999Z" });
});
