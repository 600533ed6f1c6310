/** Telling `/graphql` to change something: whether it worked, and why not. */
import { useState } from "react";
import { type AnyVariables, type TypedDocumentNode, useMutation } from "urql";

import { failureOf } from "./failure";

export interface Refusal {
  message: string;
  code?: string;
  hint?: string | null;
}

export interface Told {
  telling: boolean;
  refusals: readonly Refusal[];
}

/**
 * @param payloadOf picks the mutation's payload out of the answer.
 * @returns what sends it and answers with the payload if there were no userErrors, else undefined; and where it stands.
 */
export function useTell<T, V extends AnyVariables, P extends { userErrors: readonly Refusal[] }>(
  document: TypedDocumentNode<T, V>,
  payloadOf: (data: T) => P,
): [(variables: V) => Promise<P | undefined>, Told] {
  const [{ fetching }, execute] = useMutation(document);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);

  async function tell(variables: V): Promise<P | undefined> {
    setRefusals([]);
    const { data, error } = await execute(variables);
    const failure = failureOf(error);
    const payload = data ? payloadOf(data) : undefined;
    const found = failure ? [failure] : (payload?.userErrors ?? []);
    setRefusals(found);
    return found.length === 0 ? payload : undefined;
  }

  return [tell, { telling: fetching, refusals }];
}
