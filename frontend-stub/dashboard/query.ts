import { useEffect, useState } from "react";

export type Answer<T> = { state: "asking" } | { state: "failed"; why: string } | { state: "answered"; data: T };

interface Body<T> {
  data?: T | null;
  errors?: { message: string }[];
}

/** Ask `/graphql` anew whenever the document, the variables or the key change; an answer that comes too late is dropped. */
export function useQuery<T>(apiKey: string, document: string, variables: Record<string, unknown>): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ state: "asking" });
  const given = JSON.stringify(variables);

  useEffect(() => {
    const abort = new AbortController();
    setAnswer({ state: "asking" });
    ask<T>(apiKey, document, given, abort.signal).then((found) => {
      if (!abort.signal.aborted) setAnswer(found);
    });
    return () => abort.abort();
  }, [apiKey, document, given]);

  return answer;
}

async function ask<T>(apiKey: string, query: string, variables: string, signal: AbortSignal): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch("/graphql", {
      method: "POST",
      credentials: "omit",
      headers: { Accept: "application/json", Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
      body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
      signal,
    });
  } catch {
    return { state: "failed", why: "Gatehouse cannot be reached." };
  }
  const body = (await response.json().catch(() => ({}))) as Body<T>;
  if (body.errors?.[0]) return { state: "failed", why: body.errors[0].message };
  if (!body.data) return { state: "failed", why: `Gatehouse answered ${response.status}.` };
  return { state: "answered", data: body.data };
}
