/** Exports in the words of people. */
import type { ExportFormat, ExportSubject, JobStatus } from "../generated/schema";
import type { Word } from "./words";

export const SUBJECTS: Record<ExportSubject, string> = {
  USERS: "Users with their access",
  PROVISIONING_EVENTS: "History",
  SCIM_REQUESTS: "Requests",
  AUDIT: "Audit trail",
  MAPPING: "Rules of the mapping",
  UNMAPPED_VALUES: "Values without a rule",
};

export const FORMATS: Record<ExportFormat, string> = { CSV: "CSV, for spreadsheets", NDJSON: "NDJSON, for programs" };

/** What can be bounded by time. */
export const TIMED: readonly ExportSubject[] = ["PROVISIONING_EVENTS", "SCIM_REQUESTS", "AUDIT"];

export const JOB_STATUSES: Record<JobStatus, Word> = {
  QUEUED: { word: "waits", tone: "quiet" },
  RUNNING: { word: "under way", tone: "info" },
  SUCCEEDED: { word: "done", tone: "good" },
  FAILED: { word: "failed", tone: "bad" },
  CANCELLED: { word: "cancelled", tone: "quiet" },
};

const UNITS = ["B", "kB", "MB", "GB"];
const DECIMAL = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** `23.4 MB`: thousands, as file managers count. */
export function size(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${DECIMAL.format(bytes / 1000 ** step)} ${UNITS[step]}`;
}
