import type { FormEvent } from "react";
import { useNavigate } from "react-router";

import { paths } from "../../address/paths";
import { useTell } from "../../api/useTell";
import { PlanReturnDocument } from "../../mapping/generated/Mapping";
import { Button } from "../../parts/Button";
import { Refusals } from "../../parts/states";
import { TextField } from "../../parts/TextField";
import { useTenant } from "../../shell/TenantGate";

/** Plans the return to a version; the plan says what that means before anything happens. */
export function Restore({ version, onCancel }: { version: number; onCancel: () => void }) {
  const tenant = useTenant();
  const navigate = useNavigate();
  const [plan, planning] = useTell(PlanReturnDocument, (data) => data.mappingRollback);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (planning.telling) return;
    const message = String(new FormData(event.currentTarget).get("message"));
    const made = await plan({ input: { tenantId: tenant.id, toVersion: version, message } });
    if (made?.plan) navigate(paths.plan(tenant.slug, made.plan.id));
  }

  return (
    <form className="card stack" onSubmit={submit} aria-labelledby="restore">
      <h2 id="restore">Back to version {version}</h2>
      <TextField label="What it is for" name="message" defaultValue={`Back to version ${version}`} isRequired maxLength={200} autoFocus />
      <Refusals of={planning} />
      <div className="row">
        <Button type="submit" kind="primary">
          Make a plan
        </Button>
        <Button kind="plain" onPress={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
