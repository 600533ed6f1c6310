import "./plan.css";

import { useParams } from "react-router";

import { useAsk } from "../../api/useAsk";
import { Findings } from "../../mapping/Findings";
import { namesOf } from "../../mapping/names";
import { RuleChanges } from "../../mapping/RuleChanges";
import { PLAN_STATUSES } from "../../format/words";
import { Badge } from "../../parts/Badge";
import { Missing, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { useMay, useTenant } from "../../shell/TenantGate";
import { Affected } from "./Affected";
import { Apply } from "./Apply";
import { Ended } from "./Ended";
import { Figures } from "./Figures";
import { PlanDocument, type PlanQuery } from "./generated/Plan";

export type Plan = NonNullable<PlanQuery["mappingPlan"]>;

/** A change of the mapping before it reaches anybody: what it changes, whom, and what deserves a second look. */
export default function PlanPage() {
  const { id = "" } = useParams();
  const tenant = useTenant();
  const mayEdit = useMay("EDIT_MAPPING");
  const asked = useAsk(PlanDocument, { id });
  const isOpen = mayEdit && asked.data?.mappingPlan?.status === "READY";

  return (
    <Shown of={asked} what="the plan" head="A change of the mapping">
      {({ mappingPlan: plan }) =>
        plan?.tenant?.id !== tenant.id ? (
          <Missing title="There is no such plan in your sight." />
        ) : (
          <>
            <PageHead title={plan.message ?? "A change of the mapping"} />
            <p className="row quiet">
              <Badge tone={PLAN_STATUSES[plan.status].tone}>{PLAN_STATUSES[plan.status].word}</Badge>
              <span>
                Plan of {plan.createdBy.display}, made <Time at={plan.createdAt} as="ago" /> for mapping version {plan.baseVersion}
                {plan.rollbackOf !== null && `, back to version ${plan.rollbackOf}`}
                {plan.status === "READY" && (
                  <>
                    ; good until <Time at={plan.expiresAt} />
                  </>
                )}
              </span>
            </p>
            <Ended plan={plan} mayEdit={mayEdit} />
            <Figures impact={plan.impact} />
            <div className="plan-columns">
              <section className="card stack" aria-labelledby="changes">
                <h2 id="changes">What changes in the mapping</h2>
                <RuleChanges difference={plan.diff} names={namesOf(plan.tenant.roles, plan.tenant.employeeGroups)} />
              </section>
              <div className="stack">
                <Noted findings={isOpen ? plan.findings.filter(({ severity }) => severity !== "WARNING") : plan.findings} />
                {isOpen && <Apply key={plan.id} plan={plan} onTold={asked.again} />}
              </div>
            </div>
            <Affected plan={plan} />
          </>
        )
      }
    </Shown>
  );
}

/** What was found; warnings are among what is consented to, as long as that can be. */
function Noted({ findings }: { findings: Plan["findings"] }) {
  if (findings.length === 0) return null;
  return (
    <section className="card stack" aria-labelledby="findings">
      <h2 id="findings">What was found</h2>
      <Findings findings={findings} />
    </section>
  );
}
