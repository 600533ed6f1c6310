/** The API's words as people read them, and the tone of each. */
import type { AuditOutcome, CredentialStatus, EventAction, EventOutcome, Outcome, TenantStatus, UserStatus } from "../generated/schema";
import type { Tone } from "../parts/Badge";

export interface Word {
  word: string;
  tone: Tone;
}

export const OUTCOMES: Record<Outcome, Word> = {
  MAPPED: { word: "mapped", tone: "good" },
  DEFAULTED: { word: "default", tone: "info" },
  KEPT_PREVIOUS: { word: "kept", tone: "info" },
  UNMAPPED: { word: "unmapped", tone: "warn" },
  EMPTY: { word: "empty", tone: "warn" },
  OVERRIDDEN: { word: "exception", tone: "info" },
  INACTIVE: { word: "inactive", tone: "quiet" },
  UNKNOWN: { word: "not recorded", tone: "quiet" },
};

export const USER_STATUSES: Record<UserStatus, Word> = {
  ACTIVE: { word: "active", tone: "good" },
  DISABLED: { word: "disabled", tone: "quiet" },
  DELETED: { word: "deleted", tone: "bad" },
};

export const TENANT_STATUSES: Record<TenantStatus, Word> = {
  ACTIVE: { word: "active", tone: "good" },
  PAUSED: { word: "paused", tone: "warn" },
  ARCHIVED: { word: "archived", tone: "quiet" },
};

export const EVENT_OUTCOMES: Record<EventOutcome, Word> = {
  SUCCESS: { word: "success", tone: "good" },
  WARNING: { word: "warning", tone: "warn" },
  FAILURE: { word: "failure", tone: "bad" },
  SKIPPED: { word: "skipped", tone: "quiet" },
};

export const AUDIT_OUTCOMES: Record<AuditOutcome, Word> = {
  SUCCEEDED: { word: "done", tone: "good" },
  DENIED: { word: "denied", tone: "bad" },
  FAILED: { word: "failed", tone: "warn" },
};

export const CREDENTIAL_STATUSES: Record<CredentialStatus, Word> = {
  ACTIVE: { word: "active", tone: "good" },
  EXPIRED: { word: "expired", tone: "quiet" },
  REVOKED: { word: "revoked", tone: "quiet" },
};

export const EVENT_ACTIONS: Record<EventAction, string> = {
  CREATE: "Created",
  UPDATE: "Updated",
  DISABLE: "Disabled",
  RESTORE: "Restored",
  DELETE: "Deleted",
  OTHER: "Other",
};
