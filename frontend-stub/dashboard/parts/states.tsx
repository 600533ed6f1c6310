import "./states.css";

import type { ReactNode } from "react";

import type { Failure } from "../api/failure";
import type { Asked } from "../api/useAsk";
import type { Told } from "../api/useTell";
import { PageHead } from "../shell/PageHead";
import { usePageTitle } from "../shell/usePageTitle";
import { Button } from "./Button";
import { Icon } from "./Icon";

/** Something is on its way; shown only when it takes a moment. */
export function Loading({ what }: { what: string }) {
  return (
    <div className="state loading" role="status">
      <span className="spinner" aria-hidden="true" />
      <p>Loading {what} …</p>
    </div>
  );
}

/** There is nothing, and that is all right. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state" role="status">
      <p className="state-title">{title}</p>
      {children}
    </div>
  );
}

/** What the address names is not there, as far as the viewer may know. */
export function Missing({ title }: { title: string }) {
  usePageTitle("Not found");
  return (
    <div className="state">
      <h1>{title}</h1>
    </div>
  );
}

/** The server said no, or said nothing. */
export function Failed({ failure, onAgain }: { failure: Failure; onAgain?: () => void }) {
  const forbidden = failure.kind === "forbidden";
  return (
    <div className={`state ${forbidden ? "" : "failed"}`} role="alert">
      <Icon name={forbidden ? "lock" : "warning"} size={20} />
      <p className="state-title">{forbidden ? "This is not for you to see" : failure.message}</p>
      {forbidden && <p>{failure.message}</p>}
      {failure.hint && <p>{failure.hint}</p>}
      {failure.kind === "unreachable" && <p>It is asked again as soon as it answers.</p>}
      {failure.requestId && <p className="quiet small">Request {failure.requestId}</p>}
      {onAgain && !forbidden && (
        <Button small onPress={onAgain}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Why a change did not happen, in the server's words. */
export function Refusals({ of: { refusals } }: { of: Told }) {
  if (refusals.length === 0) return null;
  return (
    <div role="alert">
      <ul className="refusals">
        {refusals.map(({ message, hint }) => (
          <li key={message}>
            {message} {hint}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface ShownProps<T> {
  of: Asked<T>;
  /** What is loaded, in the plural: `users`. */
  what: string;
  /** The heading of the page until the answer has one of its own. */
  head?: string;
  children: (data: T) => ReactNode;
}

/** An answer, or what stands in its place: loading, refused, unreachable; an old answer stays, marked as such. */
export function Shown<T>({ of: { data, failure, asking, again }, what, head, children }: ShownProps<T>) {
  if (data === undefined) {
    return (
      <>
        {head !== undefined && <PageHead title={head} />}
        {failure && failure.kind !== "signedOut" ? <Failed failure={failure} onAgain={again} /> : <Loading what={what} />}
      </>
    );
  }
  return (
    <div className="shown" aria-busy={asking}>
      {failure && (
        <p className="stale" role="status">
          <Icon name="warning" /> This may be out of date: {failure.message}
        </p>
      )}
      {children(data)}
    </div>
  );
}
