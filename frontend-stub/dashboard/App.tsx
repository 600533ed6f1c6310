import { useState } from "react";

import { forgetApiKey, keepApiKey, keptApiKey } from "../shared/apiKey";
import { KeyBar } from "../shared/KeyBar";
import { PersonPage } from "./why/PersonPage";
import { SearchPage } from "./why/SearchPage";
import { useAddress } from "./address";

/** Search for a person; then the person's access with its reasons. What is shown stands in the address. */
export function App() {
  const [apiKey, setApiKey] = useState(keptApiKey);
  const [address, go] = useAddress();

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
        {apiKey === null ? (
          <p className="quiet">Enter an API key above to look people up.</p>
        ) : address.user === null ? (
          <SearchPage apiKey={apiKey} text={address.search} go={go} />
        ) : (
          <PersonPage apiKey={apiKey} address={address} userId={address.user} go={go} />
        )}
      </main>
    </>
  );
}
