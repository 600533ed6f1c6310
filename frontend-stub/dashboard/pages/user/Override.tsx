import { useState } from "react";

import { useTell } from "../../api/useTell";
import { fromField } from "../../format/times";
import { ActForm } from "../../parts/ActForm";
import { Button } from "../../parts/Button";
import { Choice } from "../../parts/Choice";
import { Filter } from "../../parts/Filter";
import { TextField } from "../../parts/TextField";
import { Time } from "../../parts/Time";
import { useZone } from "../../shell/preferences";
import { ClearOverrideDocument, type ExceptionFragment, SetOverrideDocument } from "./generated/User";
import type { User } from "./UserPage";

interface OverrideProps {
  user: User;
  mayChange: boolean;
  onChanged: () => void;
}

const AS_THE_RULES = "";

/** What an administrator decided above the rules, and a form to decide it. */
export function Override({ user, mayChange, onChanged }: OverrideProps) {
  const [open, setOpen] = useState<"making" | "ending">();
  const exception = user.access.override;
  if (!exception && !mayChange) return null;

  function close(changed: boolean) {
    setOpen(undefined);
    if (changed) onChanged();
  }

  return (
    <section className="card stack" aria-labelledby="exception">
      <div className="row spread">
        <h2 id="exception">Exception</h2>
        {mayChange && !open && (
          <span className="row">
            {exception && (
              <Button small kind="danger" onPress={() => setOpen("ending")}>
                End it now
              </Button>
            )}
            <Button small onPress={() => setOpen("making")}>
              {exception ? "Replace" : "Make one"}
            </Button>
          </span>
        )}
      </div>
      {exception ? <Told exception={exception} /> : open !== "making" && <p className="quiet">None: the rules decide.</p>}
      {open === "ending" && exception && <EndForm user={user} onDone={close} />}
      {open === "making" && <Form user={user} onDone={close} />}
    </section>
  );
}

function Told({ exception }: { exception: ExceptionFragment }) {
  const names = (groups: { name: string }[]) => groups.map((group) => group.name).join(", ");
  return (
    <>
      <p>
        By {exception.setBy.display} until <Time at={exception.expiresAt} />: {exception.reason}
      </p>
      <dl className="facts">
        {exception.role && <Fact name="Role" value={exception.role.name} />}
        {exception.groupsAdded.length > 0 && <Fact name="Groups added" value={names(exception.groupsAdded)} />}
        {exception.groupsRemoved.length > 0 && <Fact name="Groups withheld" value={names(exception.groupsRemoved)} />}
      </dl>
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

interface FormProps {
  user: User;
  onDone: (changed: boolean) => void;
}

function EndForm({ user, onDone }: FormProps) {
  const [clear, clearing] = useTell(ClearOverrideDocument, (data) => data.userOverrideClear);

  async function submit(given: FormData) {
    const reason = String(given.get("reason")) || null;
    if (await clear({ input: { userId: user.id, expectedVersion: user.version, reason } })) onDone(true);
  }

  return (
    <ActForm label="End the exception" act="End the exception" isDangerous of={clearing} onSubmit={submit} onCancel={() => onDone(false)}>
      <TextField label="Why it ends" name="reason" description="Kept in the audit trail; may be left empty" autoFocus />
    </ActForm>
  );
}

function Form({ user, onDone }: FormProps) {
  const zone = useZone();
  const [set, setting] = useTell(SetOverrideDocument, (data) => data.userOverrideSet);
  const roles = user.tenant?.roles ?? [];
  const known = user.tenant?.employeeGroups ?? [];
  const groups = known.map(({ key, name }) => ({ id: key, name }));
  const before = user.access.override;
  const keysOf = (these: readonly { id: string }[] = []) => known.filter(({ id }) => these.some((each) => each.id === id)).map(({ key }) => key);
  const [role, setRole] = useState(roles.find(({ id }) => id === before?.role?.id)?.key ?? AS_THE_RULES);
  const [adds, setAdds] = useState(keysOf(before?.groupsAdded));
  const [withholds, setWithholds] = useState(keysOf(before?.groupsRemoved));

  async function submit(given: FormData) {
    const changed = await set({
      input: {
        userId: user.id,
        expectedVersion: user.version,
        reason: String(given.get("reason")),
        expiresAt: fromField(String(given.get("until")), zone) ?? "",
        roleKey: role || null,
        addGroupKeys: adds,
        removeGroupKeys: withholds,
      },
    });
    if (changed) onDone(true);
  }

  return (
    <ActForm label="Make an exception" act="Make the exception" of={setting} onSubmit={submit} onCancel={() => onDone(false)}>
      <Choice
        label="Role"
        value={role}
        onChange={setRole}
        options={[{ id: AS_THE_RULES, name: "As the rules say" }, ...roles.map(({ key, name }) => ({ id: key, name }))]}
      />
      <div className="row">
        <Filter name="Add groups" options={groups} selected={adds} onChange={setAdds} />
        <Filter name="Withhold groups" options={groups} selected={withholds} onChange={setWithholds} />
      </div>
      <TextField label="Until" name="until" type="datetime-local" isRequired description={zone === "utc" ? "In UTC" : "In your time zone"} />
      <TextField label="Why" name="reason" defaultValue={before?.reason ?? ""} isRequired description="Shown in every explanation" />
    </ActForm>
  );
}
