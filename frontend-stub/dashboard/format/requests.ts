/** SCIM requests in the words of people. */
import type { ScimOperation } from "../generated/schema";
import type { Tone } from "../parts/Badge";

export const OPERATIONS: Record<ScimOperation, string> = {
  CREATE_USER: "Create a user",
  READ_USER: "Read a user",
  LIST_USERS: "Find users",
  PATCH_USER: "Change a user",
  REPLACE_USER: "Replace a user",
  DELETE_USER: "Delete a user",
  CREATE_GROUP: "Create a group",
  READ_GROUP: "Read a group",
  LIST_GROUPS: "Find groups",
  PATCH_GROUP: "Change a group",
  REPLACE_GROUP: "Replace a group",
  DELETE_GROUP: "Delete a group",
  SEARCH_USERS: "Search users",
  SEARCH_GROUPS: "Search groups",
  SEARCH_EVERYTHING: "Search everything",
  LIST_EVERYTHING: "Find everything",
  BULK: "Bulk",
  DISCOVERY: "Discovery",
  UNKNOWN: "Not offered",
};

export function toneOf(status: number): Tone {
  if (status < 400) return "good";
  return status < 500 ? "warn" : "bad";
}

interface Line {
  method: string;
  path: string;
  scimId: string | null;
}

/** The path as it was asked for: the log keeps the id apart. */
export const wholePath = ({ path, scimId }: Line): string => (scimId === null ? path : path.replace("{id}", scimId));

const isList = ({ method, path }: Line): boolean => method === "GET" && ["/", "/Users", "/Groups"].includes(path);

/** A long body is cut in the log. */
function isWhole(body: string | null): boolean {
  try {
    return body !== null && JSON.parse(body) !== null;
  } catch {
    return false;
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * The request as a command line; the token comes from `$SCIM_TOKEN`.
 * Null if it cannot be sent again: the log has no body of it, or not the whole, or the address had a filter that it does not keep.
 */
export function curlOf(request: Line & { body: string | null }, base: string): string | null {
  const { method, body } = request;
  const bare = ["GET", "DELETE", "HEAD"].includes(method);
  if (bare ? isList(request) : !isWhole(body)) return null;
  const parts = [
    `curl -X ${method} ${quoted(base + wholePath(request))}`,
    `-H "Authorization: Bearer $SCIM_TOKEN"`,
    ...(bare || body === null ? [] : ["-H 'Content-Type: application/scim+json'", `--data-raw ${quoted(body)}`]),
  ];
  return parts.join(" \\\n  ");
}
