import type { FormEvent } from "react";

import { useTell } from "../../api/useTell";
import { Button } from "../../parts/Button";
import { Refusals } from "../../parts/states";
import { TextField } from "../../parts/TextField";
import { inDays } from "./days";
import { ApiKeyEndDocument, type ApiKeyFieldsFragment, ApiKeyReplaceDocument } from "./generated/Keys";

interface ChangeProps {
  apiKey: ApiKeyFieldsFragment;
  onCancel: () => void;
}

/** Another secret for the same grants; the old one works for a while longer. */
export function Replace({ apiKey, onDone, onCancel }: ChangeProps & { onDone: (secret: string | null) => void }) {
  const [replace, replacing] = useTell(ApiKeyReplaceDocument, (data) => data.apiKeyRotate);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const [overlapHours, days] = [Number(given.get("hours")), Number(given.get("days"))];
    const made = await replace({ input: { apiKeyId: apiKey.id, overlapHours, expiresAt: inDays(days) } });
    if (made) onDone(made.secret);
  }

  return (
    <form className="card stack" onSubmit={submit} aria-label={`Replace ${apiKey.name}`}>
      <div className="key-fields">
        <TextField label={`Hours for which “${apiKey.name}” still works`} name="hours" type="number" defaultValue="24" isRequired autoFocus />
        <TextField label="Days until the new one ends" name="days" type="number" defaultValue="365" isRequired />
      </div>
      <Refusals of={replacing} />
      <div className="row">
        <Button type="submit" kind="primary" isPending={replacing.telling}>
          Issue its successor
        </Button>
        <Button kind="plain" onPress={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

export function Revoke({ apiKey, onDone, onCancel }: ChangeProps & { onDone: () => void }) {
  const [revoke, revoking] = useTell(ApiKeyEndDocument, (data) => data.apiKeyRevoke);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get("reason"));
    if (await revoke({ input: { apiKeyId: apiKey.id, reason } })) onDone();
  }

  return (
    <form className="card stack" onSubmit={submit} aria-label={`Revoke ${apiKey.name}`}>
      <TextField label={`Why “${apiKey.name}” ends now`} name="reason" isRequired description="Kept in the audit trail" autoFocus />
      <Refusals of={revoking} />
      <div className="row">
        <Button type="submit" kind="danger" isPending={revoking.telling}>
          End it now
        </Button>
        <Button kind="plain" onPress={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
