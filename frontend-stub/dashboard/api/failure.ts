/** What went wrong, in the words that a page needs: one kind for each state that it can show. */
import type { CombinedError } from "urql";

export type FailureKind = "unreachable" | "forbidden" | "signedOut" | "refused";

export interface Failure {
  kind: FailureKind;
  message: string;
  hint?: string;
  requestId?: string;
}

interface Extensions {
  code?: string;
  hint?: string;
  requestId?: string;
}

const KINDS: Record<string, FailureKind> = { UNAUTHENTICATED: "signedOut", FORBIDDEN: "forbidden", UNAVAILABLE: "unreachable" };

export function failureOf(error: CombinedError | undefined): Failure | undefined {
  if (!error) return undefined;
  const first = error.graphQLErrors[0];
  if (!first) return { kind: "unreachable", message: "Gatehouse cannot be reached." };
  const { code, hint, requestId } = first.extensions as Extensions;
  return {
    kind: KINDS[code ?? ""] ?? "refused",
    message: first.message,
    ...(hint === undefined ? {} : { hint }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
