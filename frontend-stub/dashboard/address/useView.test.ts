import { describe, expect, it } from "vitest";

import { anyOf, flag, many, oneOf, optional, readView, text, writeView } from "./useView";

const PARAMS = {
  q: text(),
  status: anyOf(["ON", "OFF"] as const),
  role: many(),
  sort: oneOf(["name", "age"], "name"),
  desc: flag(),
  after: optional(),
};
const DEFAULTS = { q: "", status: [], role: [], sort: "name", desc: false, after: null };

describe("the state of a view in the address", () => {
  it.each([
    ["nothing", "", DEFAULTS],
    [
      "values",
      "q=ana&status=OFF&role=a&role=b&sort=age&desc=yes&after=x",
      { q: "ana", status: ["OFF"], role: ["a", "b"], sort: "age", desc: true, after: "x" },
    ],
    ["what is not allowed", "status=HALF&sort=size&desc=maybe&after=", DEFAULTS],
  ])("reads %s", (_case, query, expected) => {
    expect(readView(PARAMS, new URLSearchParams(query))).toEqual(expected);
  });

  it("writes what it reads, and leaves the parameters of others alone", () => {
    const query = new URLSearchParams("other=1&q=ana&status=OFF&role=a&role=b&sort=age&desc=yes&after=x");

    expect(writeView(PARAMS, readView(PARAMS, query), query).toString()).toBe(query.toString());
  });

  it("does not write defaults", () => {
    expect(writeView(PARAMS, readView(PARAMS, new URLSearchParams()), new URLSearchParams("q=old")).toString()).toBe("");
  });
});
