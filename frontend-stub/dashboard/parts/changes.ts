/** Changed properties as people read them: what decides access first, long names short, nothing as nothing. */
const DECISIVE = ["role", "employeeGroups", "title", "userType", "active"];
const SCHEMA = /^urn:ietf:params:scim:schemas:[\w:.]+:(?=[^:]+$)/;

/** What decides access first; else as it was. */
export function decisiveFirst<C extends { path: string }>(changes: readonly C[]): C[] {
  const rank = ({ path }: C) => (DECISIVE.indexOf(path) + DECISIVE.length + 1) % (DECISIVE.length + 1);
  return [...changes].sort((one, other) => rank(one) - rank(other));
}

/** Without the schema's urn. */
export const shortPath = (path: string): string => path.replace(SCHEMA, "");

export const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
