import { GraphiQL } from "graphiql";
import { useMemo, useState } from "react";

import { forgetApiKey, keepApiKey, keptApiKey } from "../shared/apiKey";
import { KeyBar } from "../shared/KeyBar";
import { createFetcher } from "./fetcher";
import { DEFAULT_QUERY } from "./query";

/** The key bar above GraphiQL; another key starts GraphiQL anew, so that it asks for the schema again. */
export function Page() {
  const [apiKey, setApiKey] = useState(keptApiKey);
  const fetcher = useMemo(() => createFetcher(apiKey), [apiKey]);

  function signIn(key: string) {
    keepApiKey(key);
    setApiKey(key);
  }

  function signOut() {
    forgetApiKey();
    setApiKey(null);
  }

  return (
    <>
      <KeyBar apiKey={apiKey} onSignIn={signIn} onSignOut={signOut} />
      <main>
        <GraphiQL key={apiKey} fetcher={fetcher} defaultQuery={DEFAULT_QUERY} isHeadersEditorEnabled={false} />
      </main>
    </>
  );
}
