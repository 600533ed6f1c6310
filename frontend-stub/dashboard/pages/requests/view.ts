/** What the request log can be asked for, as the address has it and as the API wants it. */
import { anyOf, moment, optional, text } from "../../address/useView";
import { OPERATIONS } from "../../format/requests";
import type { ScimOperation, ScimRequestWhere } from "../../generated/schema";
import { START } from "../../parts/Paging";

/** RFC 7644 §3.12. */
export const SCIM_TYPES = [
  "invalidFilter",
  "tooMany",
  "uniqueness",
  "mutability",
  "invalidSyntax",
  "invalidPath",
  "noTarget",
  "invalidValue",
  "invalidVers",
  "sensitive",
];
export const CLASSES: Record<string, string> = { 2: "answered (2xx)", 3: "unchanged (3xx)", 4: "refused (4xx)", 5: "failed (5xx)" };

export const VIEW = {
  operation: anyOf(Object.keys(OPERATIONS) as ScimOperation[]),
  status: anyOf(Object.keys(CLASSES)),
  type: anyOf(SCIM_TYPES),
  subject: text(),
  slower: text(),
  correlation: text(),
  by: optional(),
  from: moment(),
  to: moment(),
  request: optional(),
  after: optional(),
  before: optional(),
};

export interface Wanted {
  operation: ScimOperation[];
  status: string[];
  type: string[];
  subject: string;
  slower: string;
  correlation: string;
  by: string | null;
  from: string | null;
  to: string | null;
}

export const NOTHING = {
  operation: [],
  status: [],
  type: [],
  subject: "",
  slower: "",
  correlation: "",
  by: null,
  from: null,
  to: null,
  ...START,
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether the text can be a SCIM id. */
export const isScimId = (id: string): boolean => UUID.test(id);

/** The filters that are set; empty if none is. What cannot be a SCIM id finds nothing. */
export function whereOf({ operation, status, type, subject, slower, correlation, by, from, to }: Wanted): ScimRequestWhere {
  return {
    ...(operation.length > 0 ? { operation } : {}),
    ...(status.length > 0 ? { statusClass: status.map(Number) } : {}),
    ...(type.length > 0 ? { scimType: type } : {}),
    ...(subject ? { scimId: isScimId(subject) ? [subject] : [] } : {}),
    ...(slower ? { durationMs: { gte: Number(slower) } } : {}),
    ...(correlation ? { correlationId: { eq: correlation } } : {}),
    ...(by ? { credentialId: { eq: by } } : {}),
    ...(from || to ? { receivedAt: { ...(from ? { gte: from } : {}), ...(to ? { lte: to } : {}) } } : {}),
  };
}
