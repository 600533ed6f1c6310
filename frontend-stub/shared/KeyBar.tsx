import "./keyBar.css";

import type { FormEvent } from "react";

interface KeyBarProps {
  apiKey: string | null;
  onSignIn: (key: string) => void;
  onSignOut: () => void;
}

/** Asks for the API key once; afterwards shows its end and lets go of it. */
export function KeyBar({ apiKey, onSignIn, onSignOut }: KeyBarProps) {
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get("key");
    if (typeof key === "string" && key.trim() !== "") onSignIn(key.trim());
  }

  return (
    <header className="key-bar">
      <strong>Gatehouse</strong>
      {apiKey === null ? (
        <form onSubmit={submit}>
          <label htmlFor="key">API key</label>
          <input id="key" name="key" type="password" autoComplete="off" spellCheck={false} required />
          <button type="submit">Use key</button>
          <span className="hint">Kept until this tab is closed. Make one with: gatehouse api-key issue</span>
        </form>
      ) : (
        <p>
          <span>API key …{apiKey.slice(-4)}</span>
          <button type="button" onClick={onSignOut}>
            Forget key
          </button>
        </p>
      )}
    </header>
  );
}
