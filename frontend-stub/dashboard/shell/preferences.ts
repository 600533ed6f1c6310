/** What this browser remembers of its reader: theme and time zone. */
import { useSyncExternalStore } from "react";

import type { Zone } from "../format/times";

export type Theme = "system" | "light" | "dark";

interface Preference<T extends string> {
  get: () => T;
  set: (value: T) => void;
  listen: (listener: () => void) => () => void;
}

function preference<T extends string>(name: string, allowed: readonly T[], otherwise: T, apply?: (value: T) => void): Preference<T> {
  const key = `gatehouse.${name}`;
  const listeners = new Set<() => void>();
  let now = allowed.find((each) => each === localStorage.getItem(key)) ?? otherwise;
  apply?.(now);
  return {
    get: () => now,
    set(value) {
      now = value;
      localStorage.setItem(key, value);
      apply?.(value);
      for (const listener of listeners) listener();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const theme = preference<Theme>("theme", ["system", "light", "dark"], "system", (chosen) => {
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
});
export const zone = preference<Zone>("zone", ["local", "utc"], "local");

export const useTheme = (): Theme => useSyncExternalStore(theme.listen, theme.get);
export const useZone = (): Zone => useSyncExternalStore(zone.listen, zone.get);
