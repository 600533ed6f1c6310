/** The gate that requests go through, so that nobody signs out among them: one that came after would be refused. */

/** How long those under way are waited for; the server has long let them in by then. */
const MOST_MS = 2_000;

export interface Gate {
  /** As the browser's own, but held back while somebody leaves, and for good once they have left. */
  fetch: typeof fetch;
  /** Do what ends the session once nothing is under way; if it throws, requests go on. */
  leave: (end: () => Promise<void>) => Promise<void>;
}

export function createGate(): Gate {
  const underWay = new Set<Promise<Response>>();
  let closed: Promise<void> | undefined;

  return {
    async fetch(...request) {
      while (closed) await closed;
      const answer = fetch(...request);
      underWay.add(answer);
      try {
        return await answer;
      } finally {
        underWay.delete(answer);
      }
    },
    async leave(end) {
      let open = (): void => undefined;
      closed = new Promise((resolve) => {
        open = resolve;
      });
      try {
        await Promise.race([Promise.allSettled(underWay), new Promise((resolve) => setTimeout(resolve, MOST_MS))]);
        await end();
      } catch (failure) {
        closed = undefined;
        open();
        throw failure;
      }
    },
  };
}
