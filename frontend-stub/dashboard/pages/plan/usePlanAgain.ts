import { useState } from "react";
import { useNavigate } from "react-router";
import { useClient } from "urql";

import { paths } from "../../address/paths";
import { failureOf } from "../../api/failure";
import { type Told, useTell } from "../../api/useTell";
import { read, rebase, write } from "../../mapping/document";
import { keep, keptOf } from "../../mapping/kept";
import { PlanMakeDocument, PlanReturnDocument } from "../../mapping/generated/Mapping";
import { useTenant } from "../../shell/TenantGate";
import { PlanSourcesDocument } from "./generated/Plan";
import type { Plan } from "./PlanPage";

/** Makes the same change a plan for the mapping in force, and goes there. */
export function usePlanAgain(plan: Plan): [() => Promise<void>, Told] {
  const tenant = useTenant();
  const client = useClient();
  const navigate = useNavigate();
  const [make, making] = useTell(PlanMakeDocument, (data) => data.mappingPlanCreate);
  const [goBack, goingBack] = useTell(PlanReturnDocument, (data) => data.mappingRollback);
  const [refusal, setRefusal] = useState<string | null>(null);

  async function again() {
    if (making.telling || goingBack.telling) return;
    setRefusal(null);
    const made = plan.rollbackOf === null ? await rebased() : await returning(plan.rollbackOf);
    if (made?.plan) navigate(paths.plan(tenant.slug, made.plan.id));
  }

  const returning = (toVersion: number) => goBack({ input: { tenantId: tenant.id, toVersion, message: plan.message ?? "" } });

  async function rebased() {
    const variables = { id: plan.id, tenantId: tenant.id, base: plan.baseVersion };
    const { data, error } = await client.query(PlanSourcesDocument, variables, { requestPolicy: "network-only" }).toPromise();
    const { inForce, base } = data?.tenant ?? {};
    if (!data?.mappingPlan || !inForce || !base) {
      setRefusal(failureOf(error)?.message ?? "The versions that the plan was made from are not there any more.");
      return undefined;
    }
    const theirs = read(inForce.document);
    const content = rebase(read(base.document), read(data.mappingPlan.document), theirs);
    const change = { document: { format: "JSON" as const, content: write(content), prune: true } };
    const made = await make({ input: { tenantId: tenant.id, baseVersion: inForce.version, message: plan.message, change } });
    if (made?.plan && keptOf(tenant.id)?.planId === plan.id) {
      keep(tenant.id, { baseVersion: inForce.version, base: theirs, draft: content, planId: made.plan.id });
    }
    return made;
  }

  const refusals = [...(refusal === null ? [] : [{ message: refusal }]), ...making.refusals, ...goingBack.refusals];
  return [again, { telling: making.telling || goingBack.telling, refusals }];
}
