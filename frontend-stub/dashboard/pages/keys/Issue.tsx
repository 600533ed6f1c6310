import { type FormEvent, useState } from "react";

import { useTell } from "../../api/useTell";
import { PRESETS } from "../../format/words";
import type { Preset } from "../../generated/schema";
import { Button } from "../../parts/Button";
import { Choice } from "../../parts/Choice";
import { Refusals } from "../../parts/states";
import { TextField } from "../../parts/TextField";
import { type TenantFound, TenantsFound } from "../../shell/TenantsFound";
import { inDays } from "./days";
import { ApiKeyIssueDocument } from "./generated/Keys";

const YEAR = 365;

/** A key for somebody: what it may do, where, and until when. */
export function Issue({ onDone }: { onDone: (secret: string | null) => void }) {
  const [issue, issuing] = useTell(ApiKeyIssueDocument, (data) => data.apiKeyCreate);
  const [preset, setPreset] = useState<Preset>("VIEWER");
  const [places, setPlaces] = useState<TenantFound[]>([]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const grants = places.length === 0 ? [{ preset }] : places.map(({ id }) => ({ tenantId: id, preset }));
    const made = await issue({ input: { name: String(given.get("name")), expiresAt: inDays(Number(given.get("days"))), grants } });
    if (!made) return;
    form.reset();
    setPlaces([]);
    onDone(made.secret);
  }

  return (
    <form className="card stack" onSubmit={submit} aria-labelledby="issue">
      <h2 id="issue">A new key</h2>
      <div className="key-fields">
        <TextField label="Whom or what it is for" name="name" isRequired maxLength={200} />
        <Choice
          label="What it may do"
          value={preset}
          options={Object.entries(PRESETS).map(([id, { name }]) => ({ id, name }))}
          onChange={(id) => setPreset(id as Preset)}
        />
        <TextField label="Days until it ends" name="days" type="number" defaultValue={String(YEAR)} isRequired />
      </div>
      <p className="quiet small">{PRESETS[preset].means}</p>
      <div className="row">
        <TenantsFound selectionMode="multiple" label="Only in" selected={places} onChange={setPlaces}>
          {says(places)}
        </TenantsFound>
        {places.length === 0 && <span className="quiet">in all tenants, those to come included</span>}
      </div>
      <Refusals of={issuing} />
      <div>
        <Button type="submit" kind="primary" isPending={issuing.telling}>
          Issue a key
        </Button>
      </div>
    </form>
  );
}

function says(places: readonly TenantFound[]): string {
  if (places.length === 0) return "Only in";
  return `Only in: ${places.length > 2 ? `${places.length} chosen` : places.map(({ name }) => name).join(", ")}`;
}
