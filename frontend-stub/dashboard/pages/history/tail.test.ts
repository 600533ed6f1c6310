import { describe, expect, it } from "vitest";

import { arrived, EMPTY_TAIL, entered, fits, listed, MOST, type Tail } from "./tail";

type Row = { id: string };
const rows = (...ids: string[]): Row[] => ids.map((id) => ({ id }));
const ids = (list: readonly Row[] | null) => list?.map(({ id }) => id);
const of = (...shown: string[]): Tail<Row> => listed<Row>(EMPTY_TAIL, rows(...shown));

describe("a list that grows at its top", () => {
  it("lets events enter, newest first, while nobody reads", () => {
    expect(ids(arrived(of("a"), rows("b", "c"), true).shown)).toEqual(["c", "b", "a"]);
  });

  it("lets them wait while somebody reads, until they are wanted", () => {
    const tail = arrived(arrived(of("a"), rows("b"), false), rows("c"), false);

    expect([ids(tail.shown), tail.count]).toEqual([["a"], 2]);
    expect([ids(entered(tail).shown), entered(tail).count]).toEqual([["c", "b", "a"], 0]);
  });

  it("lets nothing pass by what waits", () => {
    const tail = arrived(arrived(of("a"), rows("b"), false), rows("c"), true);

    expect([ids(tail.shown), tail.count]).toEqual([["a"], 2]);
  });

  it("has each event once, in the list and among what comes", () => {
    const early = arrived<Row>(EMPTY_TAIL, rows("b", "c"), true);
    const tail = listed(early, rows("b", "a"));

    expect(ids(tail.shown)).toEqual(["c", "b", "a"]);
    expect(arrived(tail, rows("c", "a"), true)).toBe(tail);
  });

  it("is read anew when too much waits", () => {
    const many = rows(...Array.from({ length: MOST }, (_, index) => `${index}`));

    expect(fits(arrived(of("a"), rows("b"), false))).toBe(true);
    expect(fits(arrived(of("a"), many, false))).toBe(false);
    expect(arrived(of("a"), many, true).count).toBe(MOST);
  });
});
