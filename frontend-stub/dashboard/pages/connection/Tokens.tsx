import { type FormEvent, useState } from "react";

import { useAsk } from "../../api/useAsk";
import { useTell } from "../../api/useTell";
import { CREDENTIAL_STATUSES } from "../../format/words";
import { ActForm } from "../../parts/ActForm";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Secret } from "../../parts/Secret";
import { Empty, Refusals, Shown } from "../../parts/states";
import { TextField } from "../../parts/TextField";
import { Time } from "../../parts/Time";
import { Toggle } from "../../parts/Toggle";
import { TokenIssueDocument, TokenRevokeDocument, TokenRotateDocument, TokensDocument, type TokenFieldsFragment } from "./generated/Connection";

/** The token that somebody is about to replace or end. */
interface Chosen {
  token: TokenFieldsFragment;
  act: "rotate" | "revoke";
}

/** The bearer tokens of a tenant; the secret of a new one is held here until the page is left, and nowhere else. */
export function Tokens({ tenantId }: { tenantId: string }) {
  const asked = useAsk(TokensDocument, { tenantId });
  const [issue, issuing] = useTell(TokenIssueDocument, (data) => data.credentialCreate);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [secret, setSecret] = useState<string | null>(null);

  function done(made: string | null) {
    if (made !== null) setSecret(made); // one that is shown stays until it is taken
    setChosen(null);
    asked.again();
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const made = await issue({ input: { tenantId, label: String(new FormData(form).get("label")) } });
    if (!made) return;
    form.reset();
    done(made.secret);
  }

  const columns: ColumnOf<TokenFieldsFragment>[] = [
    { id: "label", name: "Token", isHeader: true, cell: (token) => <strong>{token.label}</strong> },
    { id: "lastFour", name: "Ends in", cell: (token) => <code>…{token.lastFour}</code> },
    {
      id: "status",
      name: "Status",
      cell: ({ status }) => <Badge tone={CREDENTIAL_STATUSES[status].tone}>{CREDENTIAL_STATUSES[status].word}</Badge>,
    },
    {
      id: "used",
      name: "Last used",
      cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} as="ago" /> : <span className="quiet">never</span>),
    },
    {
      id: "ends",
      name: "Ends",
      wideOnly: true,
      cell: ({ expiresAt }) => (expiresAt ? <Time at={expiresAt} /> : <span className="quiet">never</span>),
    },
    {
      id: "acts",
      name: "Change",
      cell: (token) =>
        token.status === "ACTIVE" && (
          <span className="row">
            <Button small onPress={() => setChosen({ token, act: "rotate" })} aria-label={`Replace ${token.label}`}>
              Replace
            </Button>
            <Button small kind="danger" onPress={() => setChosen({ token, act: "revoke" })} aria-label={`Revoke ${token.label}`}>
              Revoke
            </Button>
          </span>
        ),
    },
  ];

  return (
    <section className="card stack" aria-labelledby="tokens">
      <h2 id="tokens">Tokens</h2>
      {secret !== null && (
        <Secret secret={secret} onTaken={() => setSecret(null)}>
          <strong>The new secret, shown this once.</strong> Paste it into the Entra application as Secret Token.
        </Secret>
      )}
      {chosen?.act === "rotate" && <Rotate key={chosen.token.id} token={chosen.token} onDone={done} onCancel={() => setChosen(null)} />}
      {chosen?.act === "revoke" && <Revoke key={chosen.token.id} token={chosen.token} onDone={() => done(null)} onCancel={() => setChosen(null)} />}
      <Shown of={asked} what="tokens">
        {({ tenant }) => (
          <DataTable
            label="Tokens"
            columns={columns}
            rows={tenant?.connection.tokens ?? []}
            keyOf={(token) => token.id}
            empty={<Empty title="There is no token yet: issue one for Entra ID." />}
          />
        )}
      </Shown>
      <form className="row" onSubmit={submit}>
        <TextField label="What the new token is for" name="label" isRequired maxLength={200} />
        <Button type="submit" kind="primary" isPending={issuing.telling}>
          Issue a token
        </Button>
      </form>
      <Refusals of={issuing} />
    </section>
  );
}

interface ActProps {
  token: TokenFieldsFragment;
  onCancel: () => void;
}

function Rotate({ token, onDone, onCancel }: ActProps & { onDone: (secret: string | null) => void }) {
  const [rotate, rotating] = useTell(TokenRotateDocument, (data) => data.credentialRotate);

  async function submit(given: FormData) {
    const made = await rotate({ input: { credentialId: token.id, overlapHours: Number(given.get("hours")) } });
    if (made) onDone(made.secret);
  }

  return (
    <ActForm label={`Replace ${token.label}`} act="Issue its successor" of={rotating} onSubmit={submit} onCancel={onCancel}>
      <TextField
        label={`Hours for which “${token.label}” still works beside the new one`}
        name="hours"
        type="number"
        defaultValue="168"
        isRequired
        autoFocus
      />
    </ActForm>
  );
}

function Revoke({ token, onDone, onCancel }: ActProps & { onDone: () => void }) {
  const [revoke, revoking] = useTell(TokenRevokeDocument, (data) => data.credentialRevoke);
  const [isLast, setIsLast] = useState(false);

  async function submit(given: FormData) {
    const input = { credentialId: token.id, reason: String(given.get("reason")), confirmLast: isLast };
    if (await revoke({ input })) onDone();
  }

  return (
    <ActForm label={`Revoke ${token.label}`} act="End it now" isDangerous of={revoking} onSubmit={submit} onCancel={onCancel}>
      <TextField label={`Why “${token.label}” ends now`} name="reason" isRequired description="Kept in the audit trail" autoFocus />
      <Toggle isSelected={isLast} onChange={setIsLast}>
        Even if it is the last one: Entra ID is locked out then
      </Toggle>
    </ActForm>
  );
}
