import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { type Client, Provider } from "urql";

import { createClient } from "../api/client";
import { useReturns } from "../api/link";
import { disconnect } from "../api/live";
import { Loading } from "../parts/states";
import { type SignedIn, signOut, whoIsSignedIn } from "./session";
import { SignInPage } from "./SignInPage";

interface Session {
  viewer: SignedIn;
  signOut: () => void;
}

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession is used outside of SessionGate");
  return session;
}

/** Lets through who is signed in; everybody else sees the sign-in page, and the address stays. */
export function SessionGate({ children }: { children: ReactNode }) {
  const [viewer, setViewer] = useState<SignedIn | null | undefined>(undefined);
  const [ended, setEnded] = useState(false);
  const returns = useReturns();

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when the server has come back
  useEffect(() => {
    if (viewer === undefined) whoIsSignedIn().then(setViewer, () => undefined);
  }, [returns, viewer]);

  const lose = useCallback(() => {
    setEnded(true);
    setViewer(null);
    disconnect();
  }, []);
  // One cache for each who signs in: nobody sees what another has asked
  const client = useMemo<Client | null>(() => (viewer ? createClient(lose) : null), [viewer, lose]);
  const session = useMemo<Session | null>(
    () =>
      viewer
        ? {
            viewer,
            signOut() {
              signOut().catch(() => undefined);
              disconnect();
              setEnded(false);
              setViewer(null);
            },
          }
        : null,
    [viewer],
  );

  if (viewer === undefined) return <Loading what="Gatehouse" />;
  if (!session || !client) return <SignInPage ended={ended} onSignedIn={setViewer} />;
  return (
    <SessionContext value={session}>
      <Provider value={client}>{children}</Provider>
    </SessionContext>
  );
}
