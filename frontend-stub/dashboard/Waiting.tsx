import type { Answer } from "./query";

/** What stands in place of an answer that is not there. */
export function Waiting({ answer }: { answer: Answer<unknown> }) {
  if (answer.state === "failed") return <p role="alert">{answer.why}</p>;
  return (
    <p role="status" className="quiet">
      Looking …
    </p>
  );
}
