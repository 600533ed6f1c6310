/** What the list of users can be asked for, as the address has it and as the API wants it. */
import { anyOf, flag, many, oneOf, optional, text } from "../../address/useView";
import type { Outcome, UserOrderField, UserStatus, UserWhere } from "../../generated/schema";

export const STATUSES: readonly UserStatus[] = ["ACTIVE", "DISABLED", "DELETED"];
export const ROLE_OUTCOMES: readonly Outcome[] = ["MAPPED", "UNMAPPED", "EMPTY", "DEFAULTED", "KEPT_PREVIOUS", "OVERRIDDEN", "INACTIVE"];
export const SORTS: Record<string, UserOrderField> = { name: "FAMILY_NAME", userName: "USER_NAME", updated: "UPDATED_AT", created: "CREATED_AT" };

export const VIEW = {
  q: text(),
  status: anyOf(STATUSES),
  outcome: anyOf(ROLE_OUTCOMES),
  role: many(),
  group: many(),
  unmapped: flag(),
  exception: flag(),
  sort: oneOf(["", ...Object.keys(SORTS)], ""),
  desc: flag(),
  after: optional(),
  before: optional(),
};

/** The order that was asked for; else by name, for who may read names. */
export const sortOf = (sort: string, mayReadNames: boolean): string => sort || (mayReadNames ? "name" : "created");

interface Wanted {
  status: UserStatus[];
  outcome: Outcome[];
  role: string[];
  group: string[];
  unmapped: boolean;
  exception: boolean;
}

/** The filters that are set; null if none is. */
export function whereOf({ status, outcome, role, group, unmapped, exception }: Wanted): UserWhere | null {
  const where: UserWhere = {
    ...(status.length > 0 ? { status } : {}),
    ...(outcome.length > 0 ? { roleOutcome: outcome } : {}),
    ...(role.length > 0 ? { roleId: { in: role } } : {}),
    ...(group.length > 0 ? { groupId: { in: group } } : {}),
    ...(unmapped ? { hasUnmappedSegments: true } : {}),
    ...(exception ? { hasOverride: true } : {}),
  };
  return Object.keys(where).length === 0 ? null : where;
}
