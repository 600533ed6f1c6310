import { type FormEvent, useState } from "react";

import { useTell } from "../../api/useTell";
import { plural } from "../../format/plural";
import { sentence } from "../../mapping/Findings";
import { forgetPlanned } from "../../mapping/kept";
import { Button } from "../../parts/Button";
import { Refusals } from "../../parts/states";
import { TextField } from "../../parts/TextField";
import { useTenant } from "../../shell/TenantGate";
import { warningsOf } from "./consent";
import { PlanApplyDocument, PlanDiscardDocument } from "./generated/Plan";
import type { Plan } from "./PlanPage";

/** More people than that are confirmed by typing how many. */
const CONFIRMED_ABOVE = 10;

/** Consent to a plan exactly as it is shown, or its end. */
export function Apply({ plan, onTold }: { plan: Plan; onTold: () => void }) {
  const tenant = useTenant();
  const [apply, applying] = useTell(PlanApplyDocument, (data) => data.mappingPlanApply);
  const [discard, discarding] = useTell(PlanDiscardDocument, (data) => data.mappingPlanDiscard);
  const [accepted, setAccepted] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState("");
  const count = plan.impact.usersChanged;
  const isMany = count > CONFIRMED_ABOVE;
  const warnings = warningsOf(plan.findings);
  const isReady = warnings.every(({ code }) => accepted.includes(code)) && (!isMany || typed.trim() === String(count));

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!isReady || applying.telling) return;
    const input = { planId: plan.id, expectedDigest: plan.proposedDigest, acknowledgeFindings: [...accepted], maxUsersChanged: count };
    if (await apply({ input })) forgetPlanned(tenant.id, plan.id);
    onTold(); // refused or not, it may have ended
  }

  async function end() {
    if (discarding.telling) return;
    await discard({ input: { planId: plan.id } });
    onTold();
  }

  return (
    <form className="card stack" onSubmit={submit} aria-labelledby="apply">
      <h2 id="apply">Apply</h2>
      {warnings.map(({ code, messages }) => (
        <label key={code} className="check">
          <input
            type="checkbox"
            checked={accepted.includes(code)}
            onChange={(event) => setAccepted(event.target.checked ? [...accepted, code] : accepted.filter((each) => each !== code))}
          />
          <span>I accept: {messages.map(sentence).join(" ")}</span>
        </label>
      ))}
      {isMany && (
        <TextField
          label={`Type ${count} to confirm that ${plural(count, "person", "people")} change`}
          value={typed}
          onChange={setTyped}
          inputMode="numeric"
          autoComplete="off"
        />
      )}
      <Refusals of={applying} />
      <Refusals of={discarding} />
      <div className="row">
        <Button type="submit" kind="primary" isDisabled={!isReady}>
          Apply to {plural(count, "person", "people")}
        </Button>
        <Button kind="plain" onPress={end}>
          Discard
        </Button>
      </div>
    </form>
  );
}
