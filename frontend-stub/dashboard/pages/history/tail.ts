/** A list that grows at its top: what is shown, and what waits until somebody wants to see it. */

interface Known {
  id: string;
}

export interface Tail<E extends Known> {
  /** Null until the list has been read. */
  shown: readonly E[] | null;
  /** Newest first. Of very many only the first: then the list is read anew instead. */
  waiting: readonly E[];
  /** How many wait. */
  count: number;
  known: ReadonlySet<string>;
}

export const EMPTY_TAIL: Tail<never> = { shown: null, waiting: [], count: 0, known: new Set() };

/** So many rows a list holds at most; more than these are read anew. */
export const MOST = 300;

/** The list as it was read; what came before it was there is at its top, each once. */
export function listed<E extends Known>(tail: Tail<E>, rows: readonly E[]): Tail<E> {
  const read = new Set(rows.map(({ id }) => id));
  const early = tail.waiting.filter(({ id }) => !read.has(id));
  return { shown: [...early, ...rows], waiting: [], count: 0, known: new Set([...tail.known, ...read]) };
}

/**
 * What has come, in the order in which it came; what is known is passed over.
 * @param mayEnter whether nobody reads just now; rows move only then.
 */
export function arrived<E extends Known>(tail: Tail<E>, events: readonly E[], mayEnter: boolean): Tail<E> {
  const known = new Set(tail.known);
  const fresh: E[] = [];
  for (const event of events) {
    if (known.has(event.id)) continue;
    known.add(event.id);
    fresh.unshift(event);
  }
  if (fresh.length === 0) return tail;
  const { shown, waiting, count } = tail;
  if (mayEnter && shown !== null && count === 0 && shown.length + fresh.length <= MOST) return { ...tail, known, shown: [...fresh, ...shown] };
  return { ...tail, known, waiting: [...fresh, ...waiting].slice(-MOST), count: count + fresh.length };
}

/** Whether what waits can be shown as it is; else the list must be read anew. */
export const fits = <E extends Known>({ shown, waiting, count }: Tail<E>): boolean =>
  count === waiting.length && (shown?.length ?? 0) + count <= MOST;

/** What waits, at the top. */
export function entered<E extends Known>(tail: Tail<E>): Tail<E> {
  return { ...tail, shown: [...tail.waiting, ...(tail.shown ?? [])], waiting: [], count: 0 };
}
