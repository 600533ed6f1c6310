import { moment } from "./PersonPage";

interface Happened {
  occurredAt: string;
  action: string;
  requestId: string;
  actor: { display: string };
}

export interface Decision {
  sentence: string;
  outcome: string;
  inputAttribute: string;
  inputValue: string | null;
  assertedBy: Happened | null;
  decidedBy: Happened | null;
}

/** One decision: its result, the sentence that explains it, and the requests behind it. */
export function Reason({ decision, result }: { decision: Decision; result: string }) {
  return (
    <section className="reason">
      <p>
        <strong>{result}</strong> <span className={`outcome ${decision.outcome.toLowerCase()}`}>{decision.outcome.replace("_", " ").toLowerCase()}</span>
      </p>
      <p>{decision.sentence}</p>
      {decision.assertedBy && (
        <p className="quiet">
          {decision.inputAttribute} was set by {decision.assertedBy.actor.display} on {moment(decision.assertedBy.occurredAt)}{" "}
          (request {decision.assertedBy.requestId})
        </p>
      )}
      {decision.decidedBy && decision.decidedBy.requestId !== decision.assertedBy?.requestId && (
        <p className="quiet">
          Decided by {decision.decidedBy.actor.display} on {moment(decision.decidedBy.occurredAt)} (request{" "}
          {decision.decidedBy.requestId})
        </p>
      )}
    </section>
  );
}
