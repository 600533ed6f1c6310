/** What Entra's Test Connection asks for, as far as it has come. */
export interface Probe {
  operation: string;
  status: number;
}

export type Verdict = "waiting" | "half" | "passed" | "failed";

const REFUSED = 400;

/** It asks for a user and for a group that cannot exist, and wants a good answer to both. */
export function verdictOf(probes: readonly Probe[], refusedTokens: number): Verdict {
  const passed = (operation: string) => probes.some((probe) => probe.operation === operation && probe.status < REFUSED);
  if (passed("LIST_USERS") && passed("LIST_GROUPS")) return "passed";
  if (refusedTokens > 0 || probes.some((probe) => probe.status >= REFUSED)) return "failed";
  return probes.length > 0 ? "half" : "waiting";
}
