/** When each attribute came to be what it is, as far as the events at hand tell. */
export interface Changed {
  occurredAt: string;
  changes: { path: string }[];
}

/**
 * @param events newest first.
 * @returns SCIM path → the moment of its latest change.
 */
export function ages(events: readonly Changed[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { occurredAt, changes } of events) {
    for (const { path } of changes) {
      if (!found.has(path)) found.set(path, occurredAt);
    }
  }
  return found;
}
