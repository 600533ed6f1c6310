import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { createGate } from "./gate";

/** Requests that have reached the server, each with what answers it. */
let reached: [string, () => void][];

beforeEach(() => {
  reached = [];
  vi.useFakeTimers();
  vi.stubGlobal("fetch", (url: string) => new Promise((resolve) => reached.push([url, () => resolve(new Response(url))])));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const urls = (): string[] => reached.map(([url]) => url);
const soon = () => vi.advanceTimersByTimeAsync(0);

describe("a gate", () => {
  it("lets nobody leave before what is under way is answered", async () => {
    const gate = createGate();
    const end = vi.fn(async () => undefined);
    const first = gate.fetch("/first");
    const left = gate.leave(end);
    await soon();
    expect(end).not.toHaveBeenCalled();

    reached[0]?.[1]();
    await left;

    expect(await (await first).text()).toBe("/first");
    expect(end).toHaveBeenCalledOnce();
  });

  it("waits for a while at most", async () => {
    const gate = createGate();
    const end = vi.fn(async () => undefined);
    void gate.fetch("/for-ever");
    const left = gate.leave(end);

    await vi.advanceTimersByTimeAsync(2_000);
    await left;

    expect(end).toHaveBeenCalledOnce();
  });

  it("holds back what is asked after somebody has left", async () => {
    const gate = createGate();
    await gate.leave(async () => undefined);

    void gate.fetch("/later");
    await soon();

    expect(urls()).toEqual([]);
  });

  it("goes on when leaving failed", async () => {
    const gate = createGate();
    const left = gate.leave(async () => {
      throw new Error("refused");
    });
    void gate.fetch("/meanwhile");

    await expect(left).rejects.toThrow("refused");
    await soon();

    expect(urls()).toEqual(["/meanwhile"]);
  });
});
