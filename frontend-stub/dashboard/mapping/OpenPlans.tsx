import "../parts/card.css";

import { Link } from "react-router";

import { paths } from "../address/paths";
import { useAsk } from "../api/useAsk";
import { plural } from "../format/plural";
import { Failed } from "../parts/states";
import { Time } from "../parts/Time";
import { useTenant } from "../shell/TenantGate";
import { OpenPlansDocument } from "./generated/Mapping";

/** Changes that somebody has planned and nobody has applied or discarded yet; nothing at all while there are none. */
export function OpenPlans() {
  const { id, slug } = useTenant();
  const { data, failure, again } = useAsk(OpenPlansDocument, { tenantId: id });
  const plans = data?.tenant?.mappingPlans.nodes ?? [];
  if (!data && failure && failure.kind !== "signedOut") return <Failed failure={failure} onAgain={again} />;
  if (plans.length === 0) return null;
  return (
    <section className="card flush" aria-labelledby="open-plans">
      <h2 id="open-plans" className="list-head">
        Plans not applied yet
      </h2>
      <ul className="plain-list">
        {plans.map((plan) => (
          <li key={plan.id} className="list-item">
            <div className="row spread">
              <Link to={paths.plan(slug, plan.id)}>
                {plan.message ?? (plan.rollbackOf === null ? "A change of the mapping" : `Back to version ${plan.rollbackOf}`)}
              </Link>
              <span>{plural(plan.impact.usersChanged, "person", "people")} would change</span>
            </div>
            <p className="quiet small">
              by {plan.createdBy.display}, <Time at={plan.createdAt} as="ago" />
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
