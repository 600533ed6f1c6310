/** The clock that everything on the page goes by that says how long ago something was. */
import { useSyncExternalStore } from "react";

import { ago } from "./times";

const TICK_MS = 30_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  for (const listener of listeners) listener();
}

/** Ticks while somebody listens, and when the tab is looked at again: browsers hold the timers of hidden tabs. */
function listen(listener: () => void): () => void {
  if (listeners.size === 0) {
    timer = setInterval(tick, TICK_MS);
    document.addEventListener("visibilitychange", tick);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tick);
  };
}

/** How long ago a moment is; draws its caller again only when that reads otherwise than before. */
export const useAgo = (at: string): string => useSyncExternalStore(listen, () => ago(at));
