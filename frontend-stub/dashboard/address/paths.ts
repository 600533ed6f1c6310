/** Where things are. Ids are opaque texts of the API; tenants go by their slug. */
const part = encodeURIComponent;

export const paths = {
  tenants: () => "/tenants",
  tenant: (slug: string) => `/t/${part(slug)}`,
  users: (slug: string) => `/t/${part(slug)}/users`,
  user: (slug: string, id: string) => `/t/${part(slug)}/users/${part(id)}`,
  search: (text: string) => `/search?q=${part(text)}`,
};
