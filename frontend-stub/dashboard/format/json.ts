/** A JSON value as one line for people: texts bare, a flat object as its parts, the rest as JSON; nothing as a dash. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "string") return value;
  if (isListOfTexts(value)) return value.join(", ") || "–";
  if (isFlat(value)) {
    return Object.entries(value)
      .map(([name, part]) => `${name}: ${shown(part)}`)
      .join("; ");
  }
  return JSON.stringify(value);
}

const isListOfTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((each) => typeof each === "string");

/** An object of single values and lists of texts. */
function isFlat(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const parts = Object.values(value);
  return parts.length > 0 && parts.every((part) => typeof part !== "object" || part === null || isListOfTexts(part));
}
