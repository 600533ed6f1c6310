/** Whether the server is there: looked at every few seconds, more often while it is away. */
import { useSyncExternalStore } from "react";

export type Health = "unknown" | "well" | "unwell" | "lost";

const CALM_MS = 15_000;
const AWAY_MS = 2_000;

let health: Health = "unknown";
let returns = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function be(next: Health): void {
  if (next === health) return;
  const wasAway = health === "lost" || health === "unwell";
  health = next;
  if (wasAway && next === "well") returns += 1;
  for (const listener of listeners) listener();
}

async function look(): Promise<void> {
  clearTimeout(timer);
  let found: Health;
  try {
    const answer = await fetch("/readyz", { cache: "no-store", signal: AbortSignal.timeout(AWAY_MS * 2) });
    found = answer.ok ? "well" : "unwell";
  } catch {
    found = "lost";
  }
  be(found);
  schedule();
}

function schedule(): void {
  clearTimeout(timer);
  if (listeners.size > 0) timer = setTimeout(look, health === "well" ? CALM_MS : AWAY_MS);
}

export const link = {
  /** A request did not reach the server: find out at once. */
  lost(): void {
    void look();
  },
};

function listen(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) void look();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearTimeout(timer);
  };
}

export function useHealth(): Health {
  return useSyncExternalStore(listen, () => health);
}

/** Counts how often the server has come back: what was asked in vain is asked again then. */
export function useReturns(): number {
  return useSyncExternalStore(listen, () => returns);
}
