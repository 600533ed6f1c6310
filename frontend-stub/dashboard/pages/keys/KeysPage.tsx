import "./keys.css";

import { useState } from "react";

import { useAsk } from "../../api/useAsk";
import { CREDENTIAL_STATUSES, PRESETS } from "../../format/words";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Secret } from "../../parts/Secret";
import { Empty, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { Replace, Revoke } from "./Change";
import { type ApiKeyFieldsFragment, ApiKeysDocument } from "./generated/Keys";
import { Issue } from "./Issue";

/** The key that somebody is about to replace or end. */
interface Chosen {
  apiKey: ApiKeyFieldsFragment;
  act: "replace" | "revoke";
}

/** Who may do what, and where; a new secret is held here until the page is left, and nowhere else. */
export default function KeysPage() {
  const asked = useAsk(ApiKeysDocument, {});
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [secret, setSecret] = useState<string | null>(null);

  function done(made: string | null) {
    if (made !== null) setSecret(made); // one that is shown stays until it is taken
    setChosen(null);
    asked.again();
  }

  return (
    <>
      <PageHead title="API keys" />
      {secret !== null && (
        <Secret className="summary" secret={secret} onTaken={() => setSecret(null)}>
          <strong>The new key, shown this once.</strong> Whoever holds it may do what it grants.
        </Secret>
      )}
      {chosen?.act === "replace" && <Replace key={chosen.apiKey.id} apiKey={chosen.apiKey} onDone={done} onCancel={() => setChosen(null)} />}
      {chosen?.act === "revoke" && (
        <Revoke key={chosen.apiKey.id} apiKey={chosen.apiKey} onDone={() => done(null)} onCancel={() => setChosen(null)} />
      )}
      <Shown of={asked} what="keys">
        {({ apiKeys }) => (
          <>
            <div className="card flush">
              <DataTable
                label="API keys"
                columns={columnsFor(setChosen)}
                rows={apiKeys}
                keyOf={(apiKey) => apiKey.id}
                empty={<Empty title="There is no key that you manage." />}
              />
            </div>
            <Issue onDone={done} />
          </>
        )}
      </Shown>
    </>
  );
}

const columnsFor = (choose: (chosen: Chosen) => void): ColumnOf<ApiKeyFieldsFragment>[] => [
  {
    id: "name",
    name: "Key",
    isHeader: true,
    cell: ({ name, lastFour }) => (
      <>
        <strong>{name}</strong> <code className="quiet nowrap">…{lastFour}</code>
      </>
    ),
  },
  {
    id: "status",
    name: "Status",
    cell: ({ status }) => <Badge tone={CREDENTIAL_STATUSES[status].tone}>{CREDENTIAL_STATUSES[status].word}</Badge>,
  },
  { id: "may", name: "May", cell: May },
  { id: "where", name: "Where", cell: Where },
  { id: "used", name: "Last used", cell: ({ lastUsedAt }) => <Time at={lastUsedAt} as="ago" /> },
  { id: "ends", name: "Ends", cell: ({ expiresAt }) => <Time at={expiresAt} /> },
  {
    id: "change",
    name: "Change",
    cell: (apiKey) =>
      apiKey.status === "ACTIVE" && (
        <span className="row">
          <Button small aria-label={`Replace ${apiKey.name}`} onPress={() => choose({ apiKey, act: "replace" })}>
            Replace
          </Button>
          <Button small kind="danger" aria-label={`Revoke ${apiKey.name}`} onPress={() => choose({ apiKey, act: "revoke" })}>
            Revoke
          </Button>
        </span>
      ),
  },
];

function May({ preset, grants }: ApiKeyFieldsFragment) {
  if (preset) return PRESETS[preset].name;
  return <span className="small">{[...new Set(grants.flatMap((grant) => grant.permissions))].join(", ")}</span>;
}

function Where({ grants }: ApiKeyFieldsFragment) {
  if (grants.some((grant) => grant.allTenants)) return "all tenants";
  return grants.map((grant) => grant.tenant?.name ?? "a tenant out of sight").join(", ");
}
