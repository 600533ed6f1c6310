import "./signIn.css";

import { type FormEvent, useState } from "react";

import { Button } from "../parts/Button";
import { TextField } from "../parts/TextField";
import { Mark } from "../shell/Mark";
import { usePageTitle } from "../shell/usePageTitle";
import { type SignedIn, signIn } from "./session";

interface SignInPageProps {
  /** Whether somebody was signed in before. */
  ended: boolean;
  onSignedIn: (viewer: SignedIn | null) => void;
}

/** Asks for an API key. */
export function SignInPage({ ended, onSignedIn }: SignInPageProps) {
  const [asking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  usePageTitle("Sign in");

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get("key");
    if (typeof key !== "string" || key.trim() === "") return;
    setAsking(true);
    try {
      onSignedIn(await signIn(key.trim()));
    } catch (error) {
      setRefusal(error instanceof TypeError ? "Gatehouse cannot be reached." : (error as Error).message);
    }
    setAsking(false);
  }

  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit}>
        <Mark />
        <h1>Sign in to Gatehouse</h1>
        {ended && refusal === null && <p role="status">Your session has ended. Sign in again to go on where you were.</p>}
        <TextField
          label="API key"
          name="key"
          type="password"
          isRequired
          autoFocus
          autoComplete="off"
          description="Make one with: gatehouse api-key issue"
          {...(refusal === null ? {} : { error: refusal })}
          onChange={() => setRefusal(null)}
        />
        <Button type="submit" kind="primary" isPending={asking}>
          Sign in
        </Button>
        <p className="quiet small">The key goes to the server once. Your browser keeps a cookie in its place until you close it.</p>
      </form>
    </main>
  );
}
