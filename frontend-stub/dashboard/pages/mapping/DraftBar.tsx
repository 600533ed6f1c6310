import { type FormEvent, useState } from "react";
import { Link, useNavigate } from "react-router";

import { paths } from "../../address/paths";
import { useTell } from "../../api/useTell";
import { plural } from "../../format/plural";
import { countChanges } from "../../mapping/changes";
import { write } from "../../mapping/document";
import { PlanMakeDocument } from "../../mapping/generated/Mapping";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Refusals } from "../../parts/states";
import { TextField } from "../../parts/TextField";
import { useTenant } from "../../shell/TenantGate";
import { toSent } from "./sending";
import type { Drafting } from "./useDraft";

interface DraftBarProps {
  drafting: Drafting;
  /** Why it cannot be planned as it stands; null: it can. */
  obstacle: string | null;
  /** The mapping may not be what the draft began with. */
  onRefused: () => void;
}

/** Says that there is an unsaved draft, and makes a plan of it. */
export function DraftBar({ drafting, obstacle, onRefused }: DraftBarProps) {
  const tenant = useTenant();
  const navigate = useNavigate();
  const [make, making] = useTell(PlanMakeDocument, (data) => data.mappingPlanCreate);
  const [message, setMessage] = useState("");
  const { baseVersion, base, draft, planId } = drafting.kept;
  const { document } = toSent(draft);
  const count = countChanges(base, document);
  const isReady = obstacle === null && count > 0;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!isReady || making.telling) return;
    const change = { document: { format: "JSON" as const, content: write(document), prune: true } };
    const made = await make({ input: { tenantId: tenant.id, baseVersion, message: message.trim() || null, change } });
    if (!made?.plan) return onRefused();
    drafting.planned(made.plan.id);
    navigate(paths.plan(tenant.slug, made.plan.id));
  }

  return (
    <form className="draft-bar" onSubmit={submit} aria-label="Draft">
      <p className="row">
        <Badge tone="warn">unsaved draft</Badge>
        <span role="status">
          {plural(count, "change")} to version {baseVersion}
          {obstacle !== null && `. ${obstacle}`}
        </span>
        {planId !== undefined && <Link to={paths.plan(tenant.slug, planId)}>The plan that was made of it</Link>}
      </p>
      <TextField label="What it is for" value={message} onChange={setMessage} maxLength={200} autoComplete="off" />
      <div className="row">
        <Button type="submit" kind="primary" isDisabled={!isReady}>
          Save as a plan
        </Button>
        <Button kind="plain" onPress={drafting.drop}>
          Throw it away
        </Button>
      </div>
      <Refusals of={making} />
    </form>
  );
}
