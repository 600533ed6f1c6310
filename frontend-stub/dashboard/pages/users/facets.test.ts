import { describe, expect, it } from "vitest";

import { counted, exceptsOf } from "./facets";
import { exportWhereOf } from "./view";

const NONE = { status: [], outcome: [], role: [], group: [], unmapped: false, exception: false };
const OPTIONS = [
  { id: "a", name: "Agent" },
  { id: "b", name: "Boss" },
];

describe("the counts beside a filter", () => {
  it("are those of every filter but its own", () => {
    const excepts = exceptsOf({ ...NONE, role: ["a"], status: ["ACTIVE"] });

    expect(excepts.exceptRole).toEqual({ status: ["ACTIVE"] });
    expect(excepts.exceptStatus).toEqual({ roleId: { in: ["a"] } });
    expect(excepts.exceptGroup).toEqual({ status: ["ACTIVE"], roleId: { in: ["a"] } });
  });

  it("are nought where nobody is, and not there before they are counted", () => {
    expect(counted(OPTIONS, [{ values: [{ value: "b", count: 3 }] }]).map(({ count }) => count)).toEqual([0, 3]);
    expect(counted(OPTIONS, undefined)).toEqual(OPTIONS);
  });
});

describe("an export of a list", () => {
  it("has its filters", () => {
    expect(exportWhereOf({ status: ["ACTIVE"] }, "")).toEqual({ status: ["ACTIVE"] });
  });

  it("has its search", () => {
    expect(exportWhereOf({ status: ["ACTIVE"] }, "ana")?.and?.[1]?.or).toContainEqual({ email: { contains: "ana" } });
  });
});
