/** The draft of a tenant's mapping, kept in this tab until it is planned and applied, or thrown away. */
import { same, type MappingDocument } from "./document";

export interface Kept {
  /** The mapping version that it began with. */
  baseVersion: number;
  base: MappingDocument;
  draft: MappingDocument;
  /** The plan that was made of it as it stands. */
  planId?: string;
}

const PLACE = "gatehouse-mapping-draft:";
const placeOf = (tenantId: string) => PLACE + tenantId;

export function keptOf(tenantId: string): Kept | null {
  const text = sessionStorage.getItem(placeOf(tenantId));
  try {
    return text === null ? null : (JSON.parse(text) as Kept);
  } catch {
    forget(tenantId); // whatever wrote it, it was not this release
    return null;
  }
}

/** A draft that changes nothing is none. */
export function keep(tenantId: string, kept: Kept): void {
  if (same(kept.base, kept.draft)) forget(tenantId);
  else sessionStorage.setItem(placeOf(tenantId), JSON.stringify(kept));
}

export function forget(tenantId: string): void {
  sessionStorage.removeItem(placeOf(tenantId));
}

/** Whoever signs out leaves nothing to the next one in this tab. */
export function forgetAll(): void {
  for (const place of Object.keys(sessionStorage)) if (place.startsWith(PLACE)) sessionStorage.removeItem(place);
}

/** What has been applied is no draft any more. */
export function forgetPlanned(tenantId: string, planId: string): void {
  if (keptOf(tenantId)?.planId === planId) forget(tenantId);
}
