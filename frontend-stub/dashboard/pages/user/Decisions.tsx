import { OUTCOMES } from "../../format/words";
import { Badge } from "../../parts/Badge";
import { Time } from "../../parts/Time";
import type { CauseFragment } from "./generated/User";
import type { User } from "./UserPage";

type RoleDecision = User["access"]["role"];
type GroupDecision = User["access"]["groups"][number];

/** The role's whole story in one line: who sent which value when, and which rule of which mapping version made a role of it. */
export function Because({ access: { role: decision, mappingVersion } }: { access: User["access"] }) {
  const { role, assertedBy, inputAttribute, inputValue, matchedRule } = decision;
  if (!role || !assertedBy || !matchedRule || decision.outcome !== "MAPPED") return null;
  return (
    <p className="quiet">
      {role.name}, because {assertedBy.actor.display} sent {inputAttribute} “{inputValue}” on <Time at={assertedBy.occurredAt} />; rule “
      {matchedRule.titleValue}” of mapping version {mappingVersion}.
    </p>
  );
}

/** Which role, by which rule, because of which value, and who sent it. */
export function RoleReason({ decision }: { decision: RoleDecision }) {
  return (
    <div className="card flush">
      <div className="reason">
        <p className="row">
          <strong>{decision.role?.name ?? "No role"}</strong>
          <Badge tone={OUTCOMES[decision.outcome].tone}>{OUTCOMES[decision.outcome].word}</Badge>
        </p>
        <p>{decision.sentence}</p>
        <Causes attribute={decision.inputAttribute} assertedBy={decision.assertedBy} decidedBy={decision.decidedBy} />
        {decision.candidates.length > 0 && (
          <p className="quiet">
            Rules that come near: {decision.candidates.map(({ rule }) => `“${rule.titleValue}” (${rule.role?.name ?? "no role"})`).join(", ")}
          </p>
        )}
      </div>
    </div>
  );
}

/** One decision for each segment of userType. */
export function GroupReasons({ decisions, userType }: { decisions: GroupDecision[]; userType: string | null }) {
  if (decisions.length === 0) {
    return <p className="quiet">{userType ? "No employee groups." : "No userType, so no employee groups."}</p>;
  }
  return (
    <div className="card flush">
      {decisions.map((decision) => (
        <div className="reason" key={decision.segmentIndex}>
          <p className="row">
            {decision.segment !== "" && <span className="segment">{decision.segment}</span>}
            <strong>{decision.groups.map((group) => group.name).join(", ") || "No group"}</strong>
            <Badge tone={OUTCOMES[decision.outcome].tone}>{OUTCOMES[decision.outcome].word}</Badge>
          </p>
          <p>{decision.sentence}</p>
          <Causes attribute={decision.inputAttribute} assertedBy={decision.assertedBy} decidedBy={decision.decidedBy} />
        </div>
      ))}
    </div>
  );
}

interface CausesProps {
  attribute: string;
  assertedBy: CauseFragment | null;
  decidedBy: CauseFragment | null;
}

/** The requests behind a decision. */
function Causes({ attribute, assertedBy, decidedBy }: CausesProps) {
  return (
    <>
      {assertedBy && (
        <p className="quiet small">
          {attribute} was set by {assertedBy.actor.display} on <Time at={assertedBy.occurredAt} /> (request {assertedBy.requestId})
        </p>
      )}
      {decidedBy && decidedBy.requestId !== assertedBy?.requestId && (
        <p className="quiet small">
          Decided by {decidedBy.actor.display} on <Time at={decidedBy.occurredAt} /> (request {decidedBy.requestId})
        </p>
      )}
    </>
  );
}
