/** Where things are. Ids are opaque texts of the API; tenants go by their slug. */
const part = encodeURIComponent;

export const paths = {
  tenants: () => "/tenants",
  tenant: (slug: string) => `/t/${part(slug)}`,
  users: (slug: string) => `/t/${part(slug)}/users`,
  user: (slug: string, id: string) => `/t/${part(slug)}/users/${part(id)}`,
  /** What happened to a person, and what was asked about them. */
  historyOf: (slug: string, userId: string) => `/t/${part(slug)}/history?user=${part(userId)}`,
  requestsOf: (slug: string, scimId: string) => `/t/${part(slug)}/requests?subject=${part(scimId)}`,
  exports: (slug: string) => `/t/${part(slug)}/exports`,
  /** Without a tenant: a request that belongs to none. */
  trace: (slug: string | undefined, requestId: string) => `${slug === undefined ? "" : `/t/${part(slug)}`}/trace/${part(requestId)}`,
  search: (text: string) => `/search?q=${part(text)}`,
};
