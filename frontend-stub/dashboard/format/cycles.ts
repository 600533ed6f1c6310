/** Cycles of Entra ID: bursts of requests, told apart by silence. */
export interface Burst {
  startedAt: string;
  endedAt: string;
}

/** A request is noted when it has been answered, what it did a little earlier. */
const EARLIER_MS = 30_000;

/** From when until when everything lies that a cycle did. */
export const around = ({ startedAt, endedAt }: Burst): { from: string; to: string } => ({
  from: new Date(new Date(startedAt).getTime() - EARLIER_MS).toISOString(),
  to: endedAt,
});

/** The part of a chart that begins at a moment. */
export const bucket = (at: string, seconds: number): { from: string; to: string } => ({
  from: at,
  to: new Date(new Date(at).getTime() + seconds * 1_000 - 1).toISOString(),
});
