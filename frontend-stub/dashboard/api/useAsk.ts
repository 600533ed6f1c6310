/** Asking `/graphql`: what is known, what failed, whether an answer is under way. */
import { useEffect, useRef } from "react";
import { type AnyVariables, stringifyDocument, stringifyVariables, type TypedDocumentNode, useQuery } from "urql";

import { type Failure, failureOf } from "./failure";
import { useReturns } from "./link";

export interface Asked<T> {
  /** The latest answer, also while a newer one is under way or has failed. */
  data: T | undefined;
  failure: Failure | undefined;
  asking: boolean;
  again: () => void;
}

/** An answer of which an error has left nothing. */
const isHollow = (data: unknown): boolean => typeof data === "object" && Object.values(data ?? {}).every((value) => value === null);

/**
 * Ask, and ask again whenever the variables change or the server has come back.
 * @param pause do not ask at all for now.
 */
export function useAsk<T, V extends AnyVariables>(document: TypedDocumentNode<T, V>, variables: V, pause = false): Asked<T> {
  const [{ data, error, fetching, stale }, execute] = useQuery({ query: document, variables, pause });
  const returns = useReturns();
  const seen = useRef(returns);
  const good = useRef<{ data: T; of: string }>(undefined); // urql lets go of the data when asking again fails
  const of = `${stringifyDocument(document)} ${stringifyVariables(variables ?? {})}`;
  const again = () => execute({ requestPolicy: "network-only" });

  useEffect(() => {
    if (seen.current === returns) return;
    seen.current = returns;
    if (!pause) execute({ requestPolicy: "network-only" });
  }, [returns, pause, execute]);

  const failure = failureOf(error);
  const fresh = error && isHollow(data) ? undefined : data;
  if (fresh !== undefined && !error) good.current = { data: fresh, of };
  const kept = failure?.kind === "unreachable" && good.current?.of === of ? good.current.data : undefined;
  return { data: fresh ?? kept, failure, asking: fetching || stale, again };
}
