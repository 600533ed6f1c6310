import { useTell } from "../../api/useTell";
import { ActForm } from "../../parts/ActForm";
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

  async function submit(given: FormData) {
    const [overlapHours, days] = [Number(given.get("hours")), Number(given.get("days"))];
    const made = await replace({ input: { apiKeyId: apiKey.id, overlapHours, expiresAt: inDays(days) } });
    if (made) onDone(made.secret);
  }

  return (
    <ActForm label={`Replace ${apiKey.name}`} className="card" act="Issue its successor" of={replacing} onSubmit={submit} onCancel={onCancel}>
      <div className="key-fields">
        <TextField label={`Hours for which “${apiKey.name}” still works`} name="hours" type="number" defaultValue="24" isRequired autoFocus />
        <TextField label="Days until the new one ends" name="days" type="number" defaultValue="365" isRequired />
      </div>
    </ActForm>
  );
}

export function Revoke({ apiKey, onDone, onCancel }: ChangeProps & { onDone: () => void }) {
  const [revoke, revoking] = useTell(ApiKeyEndDocument, (data) => data.apiKeyRevoke);

  async function submit(given: FormData) {
    if (await revoke({ input: { apiKeyId: apiKey.id, reason: String(given.get("reason")) } })) onDone();
  }

  return (
    <ActForm label={`Revoke ${apiKey.name}`} className="card" act="End it now" isDangerous of={revoking} onSubmit={submit} onCancel={onCancel}>
      <TextField label={`Why “${apiKey.name}” ends now`} name="reason" isRequired description="Kept in the audit trail" autoFocus />
    </ActForm>
  );
}
