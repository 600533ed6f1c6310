/** The one way to the server: urql with a document cache, signed in by the session's cookie. */
import { cacheExchange, Client, fetchExchange, mapExchange, subscriptionExchange } from "urql";

import type { Gate } from "./gate";
import { subscribe } from "./live";
import { link } from "./link";

const UNAUTHORIZED = 401;
const UNAVAILABLE = 503;

/**
 * @param gate what requests go through.
 * @param onSignedOut called when the server does not know the session any more.
 */
export function createClient(gate: Gate, onSignedOut: () => void): Client {
  return new Client({
    url: "/graphql",
    fetch: gate.fetch,
    preferGetMethod: false,
    fetchOptions: { credentials: "same-origin", headers: { Accept: "application/graphql-response+json" } },
    requestPolicy: "cache-and-network",
    exchanges: [
      cacheExchange,
      mapExchange({
        onResult({ error }) {
          const status = (error?.response as Response | undefined)?.status;
          if (status === UNAUTHORIZED) onSignedOut();
          if (error?.networkError && (status === undefined || status === UNAVAILABLE)) link.lost();
        },
      }),
      fetchExchange,
      subscriptionExchange({ forwardSubscription: subscribe }),
    ],
  });
}
