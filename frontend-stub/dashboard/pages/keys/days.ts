const DAY_MS = 24 * 60 * 60 * 1_000;

/** The moment so many days ahead. */
export const inDays = (days: number, now: Date = new Date()): string => new Date(now.getTime() + days * DAY_MS).toISOString();
