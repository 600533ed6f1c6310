import "./badge.css";

import type { ReactNode } from "react";

export type Tone = "good" | "warn" | "bad" | "info" | "quiet";

/** A word that stands out; its tone only repeats what the word says. */
export function Badge({ tone = "quiet", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}
