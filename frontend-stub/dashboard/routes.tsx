/** Every page: where it is, what the navigation calls it, and its code, which is loaded when it is opened first. */
import { type ComponentType, lazy } from "react";

import type { IconName } from "./parts/Icon";

export interface Page {
  /** Below `/admin`; pages of a tenant below `/admin/t/:slug`. */
  path: string;
  page: ComponentType;
  /** What the navigation calls it; left out: it is reached from other pages. */
  nav?: { name: string; icon: IconName };
}

export const PAGES: Page[] = [
  { path: "/tenants", page: lazy(() => import("./pages/tenants/TenantsPage")), nav: { name: "Tenants", icon: "home" } },
  { path: "/search", page: lazy(() => import("./pages/search/SearchPage")) },
];

export const TENANT_PAGES: Page[] = [
  { path: "users", page: lazy(() => import("./pages/users/UsersPage")), nav: { name: "Users", icon: "users" } },
  { path: "users/:id", page: lazy(() => import("./pages/user/UserPage")) },
  { path: "history", page: lazy(() => import("./pages/history/HistoryPage")), nav: { name: "History", icon: "clock" } },
  { path: "requests", page: lazy(() => import("./pages/requests/RequestsPage")), nav: { name: "Requests", icon: "list" } },
  { path: "connection", page: lazy(() => import("./pages/connection/ConnectionPage")), nav: { name: "Connection", icon: "plug" } },
  { path: "audit", page: lazy(() => import("./pages/audit/AuditPage")), nav: { name: "Audit", icon: "lock" } },
];

/** Where a tenant's address leads by itself. */
export const TENANT_START = "users";
