/** Signing in and out: the key goes to the server once, which gives a cookie that no script can read. */
export interface SignedIn {
  id: string;
  name: string;
}

const ADDRESS = "/admin/session";

interface Told {
  viewer: SignedIn | null;
  message?: string;
}

async function send(method: "GET" | "POST" | "DELETE", body?: object): Promise<Told> {
  const answer = await fetch(ADDRESS, {
    method,
    credentials: "same-origin",
    ...(body ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {}),
  });
  const told = (await answer.json().catch(() => ({}))) as Partial<Told>;
  if (!answer.ok) throw new Error(told.message ?? `Gatehouse answered ${answer.status}.`);
  return { viewer: told.viewer ?? null };
}

export const whoIsSignedIn = async (): Promise<SignedIn | null> => (await send("GET")).viewer;
export const signIn = async (key: string): Promise<SignedIn | null> => (await send("POST", { key })).viewer;
export const signOut = async (): Promise<void> => void (await send("DELETE"));
