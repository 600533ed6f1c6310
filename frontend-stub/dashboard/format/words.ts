/** The API's words as people read them, and the tone of each. */
import type {
  AuditOutcome,
  CredentialStatus,
  EventAction,
  EventOutcome,
  HealthState,
  MappingSource,
  Outcome,
  PlanStatus,
  Preset,
  TenantStatus,
  UserStatus,
} from "../generated/schema";
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

export const PLAN_STATUSES: Record<PlanStatus, Word> = {
  READY: { word: "ready", tone: "info" },
  APPLIED: { word: "applied", tone: "good" },
  DISCARDED: { word: "discarded", tone: "quiet" },
  EXPIRED: { word: "expired", tone: "quiet" },
  STALE: { word: "stale", tone: "warn" },
};

export const MAPPING_SOURCES: Record<MappingSource, string> = {
  INITIAL: "the beginning",
  UI: "by the dashboard",
  API: "by the API",
  FILE: "by a document",
  ROLLBACK: "by a return to an earlier version",
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

export const HEALTH: Record<HealthState, Word> = {
  HEALTHY: { word: "healthy", tone: "good" },
  DEGRADED: { word: "needs attention", tone: "warn" },
  STALE: { word: "silent", tone: "warn" },
  FAILING: { word: "failing", tone: "bad" },
  LIKELY_QUARANTINED: { word: "probably quarantined", tone: "bad" },
  NEVER_CONNECTED: { word: "not connected yet", tone: "quiet" },
};

/** What people call the ready-made sets of permissions, and what each allows. */
export const PRESETS: Record<Preset, { name: string; means: string }> = {
  VIEWER: { name: "Viewer", means: "Sees who has which access; names and addresses are masked." },
  ACCOUNT_MANAGER: { name: "Account manager", means: "Sees everything about people, unmasked." },
  MAPPING_EDITOR: { name: "Mapping editor", means: "As an account manager, and changes rules, roles, groups and exceptions." },
  CONNECTION_ADMIN: { name: "Connection admin", means: "As an account manager, and sees requests and manages tokens and webhooks." },
  OWNER: { name: "Owner", means: "May do everything, also issue keys." },
};
