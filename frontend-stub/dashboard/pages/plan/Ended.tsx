import { useEffect, useRef } from "react";
import { Link } from "react-router";

import { paths } from "../../address/paths";
import type { PlanStatus } from "../../generated/schema";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { Refusals } from "../../parts/states";
import { Time } from "../../parts/Time";
import { useTenant } from "../../shell/TenantGate";
import type { Plan } from "./PlanPage";
import { usePlanAgain } from "./usePlanAgain";

const REASONS: Partial<Record<PlanStatus, string>> = {
  STALE: "Something has moved since this plan was made: the mapping, or people whom it touches. It cannot be applied any more.",
  EXPIRED: "This plan is too old to be applied.",
};

/** Why a plan cannot be applied any more, and the way to one that can. */
export function Ended({ plan, mayEdit }: { plan: Plan; mayEdit: boolean }) {
  const { slug } = useTenant();
  const [again, state] = usePlanAgain(plan);
  const reason = REASONS[plan.status];
  const place = useRef<HTMLDivElement>(null);
  const was = useRef(plan.status);

  useEffect(() => {
    if (was.current === plan.status) return;
    was.current = plan.status;
    place.current?.focus(); // what had the focus has gone with the end of the plan
  }, [plan.status]);

  return (
    <>
      <div role="status" className="status-place" ref={place} tabIndex={-1}>
        {plan.status === "APPLIED" && (
          <p className="applied">
            <Icon name="check" />{" "}
            <span>
              Applied as mapping version {plan.appliedVersion} <Time at={plan.decidedAt} as="ago" />: everybody below has what stands here.{" "}
              <Link to={paths.versions(slug)}>Versions</Link>
            </span>
          </p>
        )}
        {plan.status === "DISCARDED" && <p className="quiet">Discarded{plan.comment ? `: ${plan.comment}` : "."}</p>}
        {reason && (
          <p className="stale">
            <Icon name="warning" /> <span>{reason}</span>
          </p>
        )}
      </div>
      {reason && mayEdit && (
        <div className="row">
          <Button kind="primary" onPress={again}>
            Plan again
          </Button>
          <span className="quiet">The same change, for the mapping and the people as they are now.</span>
        </div>
      )}
      <Refusals of={state} />
    </>
  );
}
