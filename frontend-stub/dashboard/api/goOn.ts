/** The variables of a subscription with `$after`, once a result has come: what follows is what comes after it. */
export function goOn(variables: Record<string, unknown>, data: Record<string, unknown> | null | undefined): Record<string, unknown> {
  if (!("after" in variables)) return variables;
  const edge = Object.values(data ?? {})[0] as { cursor?: unknown } | null | undefined;
  return typeof edge?.cursor === "string" ? { ...variables, after: edge.cursor } : variables;
}
