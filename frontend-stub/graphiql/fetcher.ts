import type { GraphiQLProps } from "graphiql";

type Fetcher = GraphiQLProps["fetcher"];

const ENDPOINT = "/graphql";

/** Posts operations to our own `/graphql` with the API key; what went wrong is shown as the answer. */
export function createFetcher(apiKey: string | null): Fetcher {
  return async (operation) => {
    if (apiKey === null) return failure("Enter an API key above first.");
    let response: Response;
    try {
      response = await fetch(ENDPOINT, {
        method: "POST",
        credentials: "omit",
        headers: {
          Accept: "application/graphql-response+json, application/json",
          Authorization: `Bearer ${apiKey}`,
          "Content-Type": "application/json",
        },
        body: JSON.stringify(operation),
      });
    } catch {
      return failure(`${ENDPOINT} cannot be reached.`);
    }
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      return failure(`${ENDPOINT} answered ${response.status}: ${text.slice(0, 500)}`);
    }
  };
}

function failure(message: string) {
  return { errors: [{ message }] };
}
