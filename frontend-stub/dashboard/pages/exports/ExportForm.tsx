import { type FormEvent, useState } from "react";

import { useTell } from "../../api/useTell";
import { FORMATS, SUBJECTS, TIMED } from "../../format/exports";
import type { ExportFormat, ExportSubject, ProvisioningEventWhere, UserWhere } from "../../generated/schema";
import { Button } from "../../parts/Button";
import { Choice } from "../../parts/Choice";
import { Refusals } from "../../parts/states";
import { type Span, TimeSpan } from "../../parts/TimeSpan";
import { Toggle } from "../../parts/Toggle";
import { useMay, useTenant } from "../../shell/TenantGate";
import { CreateExportDocument } from "./generated/Exports";

/** What a page lets be exported: its list, with the filters that are set. */
export type ExportOf =
  | { subject: "USERS"; userWhere: UserWhere | null }
  | { subject: "PROVISIONING_EVENTS"; eventWhere: ProvisioningEventWhere | null };

interface ExportFormProps {
  /** Left out: the subject is chosen here, and nothing is filtered. */
  of?: ExportOf;
  onDone: () => void;
}

const ANY: Span = { from: null, to: null };
const RAW: ExportSubject = "SCIM_REQUESTS";

/** Starts an export. */
export function ExportForm({ of, onDone }: ExportFormProps) {
  const tenant = useTenant();
  const mayReadPersonal = useMay("READ_PII");
  const mayReadRaw = useMay("READ_RAW_REQUESTS");
  const [create, creating] = useTell(CreateExportDocument, (data) => data.exportCreate);
  const [chosen, setChosen] = useState<ExportSubject>("USERS");
  const [format, setFormat] = useState<ExportFormat>("CSV");
  const [personal, setPersonal] = useState(false);
  const [span, setSpan] = useState(ANY);
  const subject = of?.subject ?? chosen;
  const isTimed = of === undefined && TIMED.includes(subject);
  const subjects = Object.entries(SUBJECTS).filter(([id]) => mayReadRaw || id !== RAW);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const { subject: _, ...where } = of ?? { subject };
    const input = { tenantId: tenant.id, subject, format, redactPii: !personal, ...where, ...(isTimed ? span : {}) };
    if (await create({ input })) onDone();
  }

  return (
    <form className="stack" onSubmit={submit}>
      <div className="row">
        {of === undefined && (
          <Choice
            label="What"
            value={chosen}
            onChange={(id) => setChosen(id as ExportSubject)}
            options={subjects.map(([id, name]) => ({ id, name }))}
          />
        )}
        <Choice
          label="Format"
          value={format}
          onChange={(id) => setFormat(id as ExportFormat)}
          options={Object.entries(FORMATS).map(([id, name]) => ({ id, name }))}
        />
        {isTimed && <TimeSpan {...span} onChange={setSpan} />}
        {mayReadPersonal && (
          <Toggle isSelected={personal} onChange={setPersonal}>
            Personal values unmasked
          </Toggle>
        )}
        <Button type="submit" kind="primary" isPending={creating.telling}>
          Export
        </Button>
      </div>
      <Refusals of={creating} />
    </form>
  );
}
