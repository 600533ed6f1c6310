/** What the history can be asked for, as the address has it and as the API wants it. */
import { anyOf, flag, moment, optional, text } from "../../address/useView";
import { EVENT_ACTIONS, EVENT_OUTCOMES } from "../../format/words";
import type { EventAction, EventOutcome, ProvisioningEventWhere, ResourceKind, Severity } from "../../generated/schema";
import { START } from "../../parts/Paging";

export const ACTIONS = Object.keys(EVENT_ACTIONS) as EventAction[];
export const OUTCOMES = Object.keys(EVENT_OUTCOMES) as EventOutcome[];
export const SEVERITIES: Record<Severity, string> = { ERROR: "error", WARNING: "warning", INFO: "info" };
export const RESOURCES: Record<ResourceKind, string> = { USER: "users", GROUP: "groups" };
/** Properties whose change people look for; those with several values go by their first word. */
export const PATHS = ["role", "employeeGroups", "title", "userType", "active", "userName", "name", "emails", "phoneNumbers", "externalId", "members"];

export const VIEW = {
  action: anyOf(ACTIONS),
  outcome: anyOf(OUTCOMES),
  severity: anyOf(Object.keys(SEVERITIES) as Severity[]),
  of: anyOf(Object.keys(RESOURCES) as ResourceKind[]),
  changed: anyOf(PATHS),
  name: text(),
  user: optional(),
  by: optional(),
  correlation: text(),
  error: text(),
  mapping: text(),
  from: moment(),
  to: moment(),
  live: flag(),
  event: optional(),
  after: optional(),
  before: optional(),
};

export const NOTHING = {
  action: [],
  outcome: [],
  severity: [],
  of: [],
  changed: [],
  name: "",
  user: null,
  by: null,
  correlation: "",
  error: "",
  mapping: "",
  from: null,
  to: null,
  ...START,
};

export interface Wanted {
  action: EventAction[];
  outcome: EventOutcome[];
  severity: Severity[];
  of: ResourceKind[];
  changed: string[];
  name: string;
  user: string | null;
  by: string | null;
  correlation: string;
  error: string;
  mapping: string;
  from: string | null;
  to: string | null;
}

/** The filters that are set; empty if none is. */
export function whereOf(wanted: Wanted): ProvisioningEventWhere {
  const { action, outcome, severity, of, changed, name, user, by, correlation, error, mapping, from, to } = wanted;
  return {
    ...(action.length > 0 ? { action } : {}),
    ...(outcome.length > 0 ? { outcome } : {}),
    ...(severity.length > 0 ? { severity } : {}),
    ...(of.length > 0 ? { resourceKind: of } : {}),
    ...(changed.length > 0 ? { changedPath: changed } : {}),
    ...(name ? { resourceName: { contains: name } } : {}),
    ...(user ? { userId: { eq: user } } : {}),
    ...(by ? { actorId: { eq: by } } : {}),
    ...(correlation ? { correlationId: { eq: correlation } } : {}),
    ...(error ? { errorCode: { eq: error } } : {}),
    ...(mapping ? { mappingVersion: { eq: Number(mapping) } } : {}),
    ...(from || to ? { occurredAt: { ...(from ? { gte: from } : {}), ...(to ? { lte: to } : {}) } } : {}),
  };
}
