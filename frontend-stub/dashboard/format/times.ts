/** Times in the zone of the reader's choice. The API speaks UTC. */
export type Zone = "local" | "utc";

const MINUTE = 60_000;
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 24 * 60 * MINUTE],
  ["hour", 60 * MINUTE],
  ["minute", MINUTE],
];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function format(options: Intl.DateTimeFormatOptions, zone: Zone): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-GB", { ...options, ...(zone === "utc" ? { timeZone: "UTC" } : {}), hourCycle: "h23" });
}

/** `27 Nov 2026, 14:03:09 UTC`. */
export function exact(at: string, zone: Zone): string {
  return format(
    { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
    zone,
  ).format(new Date(at));
}

/** `27 Nov, 14:03`; with the year when it is another one than now. */
export function brief(at: string, zone: Zone, now: Date = new Date()): string {
  const time = new Date(at);
  const year = time.getFullYear() === now.getFullYear() ? {} : ({ year: "numeric" } as const);
  return format({ day: "numeric", month: "short", ...year, hour: "2-digit", minute: "2-digit" }, zone).format(time);
}

/** `3 minutes ago`; `now` within a minute. */
export function ago(at: string, now: Date = new Date()): string {
  const passed = new Date(at).getTime() - now.getTime();
  for (const [unit, length] of UNITS) {
    if (Math.abs(passed) >= length) return RELATIVE.format(Math.trunc(passed / length), unit);
  }
  return "now";
}

/** What a `datetime-local` field shows for a moment. */
export function toField(at: string, zone: Zone): string {
  const time = new Date(at);
  const shift = zone === "utc" ? 0 : time.getTimezoneOffset() * MINUTE;
  return new Date(time.getTime() - shift).toISOString().slice(0, 16);
}

/** The moment that a `datetime-local` field shows; null for an empty one. */
export function fromField(text: string, zone: Zone): string | null {
  const time = new Date(zone === "utc" ? `${text}Z` : text);
  return text === "" || Number.isNaN(time.getTime()) ? null : time.toISOString();
}
