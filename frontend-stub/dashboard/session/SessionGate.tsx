import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { type Client, Provider } from "urql";

import { createClient } from "../api/client";
import type { Failure } from "../api/failure";
import { createGate } from "../api/gate";
import { useReturns } from "../api/link";
import { disconnect } from "../api/live";
import { forgetAll } from "../mapping/kept";
import { Failed, Loading } from "../parts/states";
import { type SignedIn, signOut, whoIsSignedIn } from "./session";
import { SignInPage } from "./SignInPage";

interface Session {
  viewer: SignedIn;
  /** @throws Error the server did not end the session: it goes on. */
  signOut: () => Promise<void>;
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
  const [failure, setFailure] = useState<Failure>();
  const [round, setRound] = useState(0);
  const [ended, setEnded] = useState(false);
  const returns = useReturns();

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when the server has come back
  useEffect(() => {
    if (viewer !== undefined) return;
    setFailure(undefined);
    whoIsSignedIn().then(setViewer, ({ message }: Error) => setFailure({ kind: "refused", message }));
  }, [returns, viewer, round]);

  const lose = useCallback(() => {
    setEnded(true);
    setViewer(null);
    disconnect();
  }, []);
  // One cache for each who signs in: nobody sees what another has asked
  const gate = useMemo(() => (viewer ? createGate() : null), [viewer]);
  const client = useMemo<Client | null>(() => (gate ? createClient(gate, lose) : null), [gate, lose]);
  const session = useMemo<Session | null>(
    () =>
      viewer && gate
        ? {
            viewer,
            async signOut() {
              await gate.leave(signOut);
              forgetAll();
              disconnect();
              setEnded(false);
              setViewer(null);
            },
          }
        : null,
    [viewer, gate],
  );

  if (viewer === undefined && failure) return <Failed failure={failure} onAgain={() => setRound(round + 1)} />;
  if (viewer === undefined) return <Loading what="Gatehouse" />;
  if (!session || !client) return <SignInPage ended={ended} onSignedIn={setViewer} />;
  return (
    <SessionContext value={session}>
      <Provider value={client}>{children}</Provider>
    </SessionContext>
  );
}
