import { expect, it } from "vitest";

import { pivot, seriesOf } from "./points";

it("turns points of several series into one row for each moment", () => {
  const points = [
    { at: "T2", series: "failed", value: 1 },
    { at: "T1", series: "succeeded", value: 5 },
    { at: "T2", series: "succeeded", value: 7 },
  ];

  expect(seriesOf(points)).toEqual(["failed", "succeeded"]);
  expect(pivot(points)).toEqual([
    { at: "T1", values: { succeeded: 5 } },
    { at: "T2", values: { failed: 1, succeeded: 7 } },
  ]);
});
