/** Subscriptions over graphql-transport-ws; the socket is opened by the first one, and its code loaded then. */
import type { Client } from "graphql-ws";
import type { SubscriptionForwarder } from "urql";

let connecting: Promise<Client> | undefined;

function connect(): Promise<Client> {
  connecting ??= import("graphql-ws").then(({ createClient }) =>
    createClient({
      url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
    }),
  );
  return connecting;
}

export const subscribe: SubscriptionForwarder = (request) => ({
  subscribe(sink) {
    let stop: (() => void) | undefined;
    let stopped = false;
    connect().then((client) => {
      if (stopped) return;
      stop = client.subscribe(
        { query: request.query ?? "", variables: request.variables as Record<string, unknown> },
        { next: (value) => sink.next(value as never), error: (error) => sink.error(error), complete: () => sink.complete() },
      );
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
