/** A JSON value as one line for people: texts bare, the rest as JSON; nothing as a dash. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value.join(", ") || "–";
  return JSON.stringify(value);
}
