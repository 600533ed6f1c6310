/** Names of roles and employee groups by their keys. */
export interface Names {
  role: (key: string) => string;
  group: (key: string) => string;
}

interface Named {
  key: string;
  name: string;
}

/** What is not in the catalogue any more goes by its key. */
export function namesOf(roles: readonly Named[] = [], groups: readonly Named[] = []): Names {
  const finder = (all: readonly Named[]) => {
    const found = new Map(all.map(({ key, name }) => [key, name]));
    return (key: string) => found.get(key) ?? key;
  };
  return { role: finder(roles), group: finder(groups) };
}
