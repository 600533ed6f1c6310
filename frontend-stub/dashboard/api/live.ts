/** Subscriptions over graphql-transport-ws; the socket is opened by the first one, and its code loaded then. */
import type { Client, ClientOptions } from "graphql-ws";
import type { SubscriptionForwarder } from "urql";

import { goOn } from "./goOn";

const QUIET_MS = 15_000;
const ANSWER_MS = 5_000;
const FIRST_WAIT_MS = 500;
const LAST_WAIT_MS = 4_000;
const FORBIDDEN = 4403; // the session has ended

let connecting: Promise<Client> | undefined;

function connect(): Promise<Client> {
  connecting ??= import("graphql-ws").catch(forget).then(({ createClient }) => {
    const client: Client = createClient({
      url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: (end) => (end as Partial<CloseEvent> | null)?.code !== FORBIDDEN,
      retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, waitOf(retries))),
      keepAlive: QUIET_MS,
      on: watched(() => client),
    });
    return client;
  });
  return connecting;
}

/** What did not load is asked for again the next time. */
function forget(failure: unknown): never {
  connecting = undefined;
  throw failure;
}

/** Longer every time, so that a server that comes back is not overrun; never long, since somebody looks. */
const waitOf = (retries: number): number => Math.min(FIRST_WAIT_MS * 2 ** retries, LAST_WAIT_MS) * (1 + Math.random() / 2);

/** Gives a connection up that does not answer: nobody else says so after a computer has slept or changed its network. */
function watched(client: () => Client): NonNullable<ClientOptions["on"]> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    ping: (received) => {
      if (!received) timer = setTimeout(() => client().terminate(), ANSWER_MS);
    },
    pong: (received) => {
      if (received) clearTimeout(timer);
    },
    closed: () => clearTimeout(timer),
  };
}

export const subscribe: SubscriptionForwarder = (request) => ({
  subscribe(sink) {
    let stop: (() => void) | undefined;
    let stopped = false;
    connect().then((client) => {
      if (stopped) return;
      // The client sends this very object again when it has lost the connection: by then it must say where to go on.
      const sent = { query: request.query ?? "", variables: request.variables as Record<string, unknown> };
      stop = client.subscribe(sent, {
        next(value) {
          sent.variables = goOn(sent.variables, value.data);
          sink.next(value as never);
        },
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      });
    }, sink.error);
    return {
      unsubscribe() {
        stopped = true;
        stop?.();
      },
    };
  },
});

/** Signing out ends the socket with the session. */
export function disconnect(): void {
  connecting?.then((client) => client.dispose());
  connecting = undefined;
}
