/** Every page: where it is, what the navigation calls it, and its code, which is loaded when it is opened first. */
import { matchPath } from "react-router";

import { type Later, later } from "./later";
import type { IconName } from "./parts/Icon";

export interface Page {
  /** Below `/admin`; pages of a tenant below `/admin/t/:slug`. */
  path: string;
  page: Later;
  /** What the navigation calls it; left out: it is reached from other pages. */
  nav?: { name: string; icon: IconName };
  /** Its heading until it is there, where the navigation has no name for it. */
  head?: string;
}

export const PAGES: Page[] = [
  { path: "/tenants", page: later(() => import("./pages/tenants/TenantsPage")), nav: { name: "Tenants", icon: "home" } },
  { path: "/keys", page: later(() => import("./pages/keys/KeysPage")), nav: { name: "API keys", icon: "key" } },
  { path: "/search", page: later(() => import("./pages/search/SearchPage")), head: "Search" },
  { path: "/trace/:requestId", page: later(() => import("./pages/trace/StrayTracePage")), head: "Trace of a request" },
];

export const TENANT_PAGES: Page[] = [
  { path: "overview", page: later(() => import("./pages/overview/OverviewPage")), nav: { name: "Overview", icon: "pulse" } },
  { path: "users", page: later(() => import("./pages/users/UsersPage")), nav: { name: "Users", icon: "users" } },
  { path: "users/:id", page: later(() => import("./pages/user/UserPage")), head: "User" },
  { path: "mapping", page: later(() => import("./pages/mapping/MappingPage")), nav: { name: "Mapping", icon: "map" } },
  { path: "mapping/versions", page: later(() => import("./pages/versions/VersionsPage")), head: "Versions of the mapping" },
  { path: "mapping/plans/:id", page: later(() => import("./pages/plan/PlanPage")), head: "A change of the mapping" },
  { path: "history", page: later(() => import("./pages/history/HistoryPage")), nav: { name: "History", icon: "clock" } },
  { path: "requests", page: later(() => import("./pages/requests/RequestsPage")), nav: { name: "Requests", icon: "list" } },
  { path: "trace/:requestId", page: later(() => import("./pages/trace/TracePage")), head: "Trace of a request" },
  { path: "connection", page: later(() => import("./pages/connection/ConnectionPage")), nav: { name: "Connection", icon: "plug" } },
  { path: "audit", page: later(() => import("./pages/audit/AuditPage")), nav: { name: "Audit", icon: "lock" } },
  { path: "exports", page: later(() => import("./pages/exports/ExportsPage")), nav: { name: "Exports", icon: "download" } },
];

/** Where a tenant's address leads by itself. */
export const TENANT_START = "overview";

/** The heading of the page at an address of the router, until the page has its own. */
export function headAt(address: string): string {
  const pages = [...PAGES, ...TENANT_PAGES.map(({ path, ...page }) => ({ ...page, path: `/t/:slug/${path}` }))];
  const found = pages.find(({ path }) => matchPath(path, address));
  return found?.nav?.name ?? found?.head ?? "Gatehouse";
}

/** Begin to load the page at an address of the browser before the session and the tenant are known. */
export function preload(address: string): void {
  const start = matchPath("/admin/t/:slug", address) ? `${address}/${TENANT_START}` : address;
  for (const { path, page } of PAGES) if (matchPath(`/admin${path}`, start)) page.preload();
  for (const { path, page } of TENANT_PAGES) if (matchPath(`/admin/t/:slug/${path}`, start)) page.preload();
}
