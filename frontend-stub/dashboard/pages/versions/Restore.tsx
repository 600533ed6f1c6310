import { useNavigate } from "react-router";

import { paths } from "../../address/paths";
import { useTell } from "../../api/useTell";
import { PlanReturnDocument } from "../../mapping/generated/Mapping";
import { ActForm } from "../../parts/ActForm";
import { TextField } from "../../parts/TextField";
import { useTenant } from "../../shell/TenantGate";

/** Plans the return to a version; the plan says what that means before anything happens. */
export function Restore({ version, onCancel }: { version: number; onCancel: () => void }) {
  const tenant = useTenant();
  const navigate = useNavigate();
  const [plan, planning] = useTell(PlanReturnDocument, (data) => data.mappingRollback);

  async function submit(given: FormData) {
    if (planning.telling) return;
    const made = await plan({ input: { tenantId: tenant.id, toVersion: version, message: String(given.get("message")) } });
    if (made?.plan) navigate(paths.plan(tenant.slug, made.plan.id));
  }

  return (
    <ActForm
      className="card"
      label={`Back to version ${version}`}
      act="Make a plan"
      of={planning}
      onSubmit={(given) => void submit(given)}
      onCancel={onCancel}
    >
      <h2>Back to version {version}</h2>
      <TextField label="What it is for" name="message" defaultValue={`Back to version ${version}`} isRequired maxLength={200} autoFocus />
    </ActForm>
  );
}
