/** Where things are. Ids are opaque texts of the API; tenants go by their slug. */
const part = encodeURIComponent;

/** What a list is narrowed to, as its page has it in its address. */
const narrowed = (address: string, to: Record<string, string | readonly string[] | null | undefined>): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(to)) for (const each of [value ?? []].flat()) query.append(name, each);
  return query.size === 0 ? address : `${address}?${query}`;
};

/** A stretch of time, for lists of what happened in it. */
export interface During {
  from?: string | null;
  to?: string | null;
}

/** What was asked, and how it was answered. */
export interface Asked {
  operation?: string;
  status?: readonly string[];
  type?: string | null;
  subject?: string;
}

export const paths = {
  tenant: (slug: string) => `/t/${part(slug)}`,
  users: (slug: string, to: { role?: string; outcome?: string; status?: string } = {}) => narrowed(`/t/${part(slug)}/users`, to),
  user: (slug: string, id: string) => `/t/${part(slug)}/users/${part(id)}`,
  mapping: (slug: string) => `/t/${part(slug)}/mapping`,
  versions: (slug: string) => `/t/${part(slug)}/mapping/versions`,
  plan: (slug: string, id: string) => `/t/${part(slug)}/mapping/plans/${part(id)}`,
  exports: (slug: string) => `/t/${part(slug)}/exports`,
  /** Without a tenant: a request that belongs to none. */
  trace: (slug: string | undefined, requestId: string) => `${slug === undefined ? "" : `/t/${part(slug)}`}/trace/${part(requestId)}`,
  history: (slug: string, to: During & { action?: string; outcome?: string; user?: string } = {}) => narrowed(`/t/${part(slug)}/history`, { ...to }),
  requests: (slug: string, to: During & Asked = {}) => narrowed(`/t/${part(slug)}/requests`, { ...to }),
  connection: (slug: string) => `/t/${part(slug)}/connection`,
  search: (text: string) => `/search?q=${part(text)}`,
};
