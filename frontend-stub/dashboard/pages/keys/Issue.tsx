import { type FormEvent, useState } from "react";

import { useAsk } from "../../api/useAsk";
import { useTell } from "../../api/useTell";
import { PRESETS } from "../../format/words";
import type { Preset } from "../../generated/schema";
import { Button } from "../../parts/Button";
import { Choice } from "../../parts/Choice";
import { Filter } from "../../parts/Filter";
import { Refusals } from "../../parts/states";
import { TextField } from "../../parts/TextField";
import { inDays } from "./days";
import { ApiKeyIssueDocument, TenantsToGrantDocument } from "./generated/Keys";

const YEAR = 365;

/** A key for somebody: what it may do, where, and until when. */
export function Issue({ onDone }: { onDone: (secret: string | null) => void }) {
  const [issue, issuing] = useTell(ApiKeyIssueDocument, (data) => data.apiKeyCreate);
  const tenants = useAsk(TenantsToGrantDocument, {}).data?.tenants.nodes ?? [];
  const [preset, setPreset] = useState<Preset>("VIEWER");
  const [places, setPlaces] = useState<string[]>([]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const grants = places.length === 0 ? [{ preset }] : places.map((tenantId) => ({ tenantId, preset }));
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
        <Filter name="Only in" options={tenants} selected={places} onChange={setPlaces} />
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
