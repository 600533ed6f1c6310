import { type FormEvent, useState } from "react";

import { useTell } from "../../api/useTell";
import { fromField } from "../../format/times";
import { Button } from "../../parts/Button";
import { Choice } from "../../parts/Choice";
import { Refusals } from "../../parts/states";
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
  const [deciding, setDeciding] = useState(false);
  const [clear, clearing] = useTell(ClearOverrideDocument, (data) => data.userOverrideClear);
  const exception = user.access.override;
  if (!exception && !mayChange) return null;

  async function end() {
    if (await clear({ input: { userId: user.id, expectedVersion: user.version } })) onChanged();
  }

  return (
    <section className="card stack" aria-labelledby="exception">
      <div className="row spread">
        <h2 id="exception">Exception</h2>
        {mayChange && !deciding && (
          <span className="row">
            {exception && (
              <Button small kind="danger" isPending={clearing.telling} onPress={end}>
                End it now
              </Button>
            )}
            <Button small onPress={() => setDeciding(true)}>
              {exception ? "Replace" : "Make one"}
            </Button>
          </span>
        )}
      </div>
      {exception ? <Told exception={exception} /> : !deciding && <p className="quiet">None: the rules decide.</p>}
      <Refusals of={clearing} />
      {deciding && (
        <Form
          user={user}
          onDone={(changed) => {
            setDeciding(false);
            if (changed) onChanged();
          }}
        />
      )}
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

function Form({ user, onDone }: { user: User; onDone: (changed: boolean) => void }) {
  const zone = useZone();
  const [set, setting] = useTell(SetOverrideDocument, (data) => data.userOverrideSet);
  const [role, setRole] = useState(AS_THE_RULES);
  const [adds, setAdds] = useState(AS_THE_RULES);
  const [withholds, setWithholds] = useState(AS_THE_RULES);
  const roles = user.tenant?.roles ?? [];
  const groups = (user.tenant?.employeeGroups ?? []).map((group) => ({ id: group.key, name: group.name }));

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const changed = await set({
      input: {
        userId: user.id,
        expectedVersion: user.version,
        reason: String(form.get("reason")),
        expiresAt: fromField(String(form.get("until")), zone) ?? "",
        roleKey: role || null,
        addGroupKeys: adds ? [adds] : [],
        removeGroupKeys: withholds ? [withholds] : [],
      },
    });
    if (changed) onDone(true);
  }

  return (
    <form className="stack" onSubmit={submit}>
      <Choice
        label="Role"
        value={role}
        onChange={setRole}
        options={[{ id: AS_THE_RULES, name: "As the rules say" }, ...roles.map(({ key, name }) => ({ id: key, name }))]}
      />
      <Choice label="Add group" value={adds} onChange={setAdds} options={[{ id: AS_THE_RULES, name: "None" }, ...groups]} />
      <Choice label="Withhold group" value={withholds} onChange={setWithholds} options={[{ id: AS_THE_RULES, name: "None" }, ...groups]} />
      <TextField label="Until" name="until" type="datetime-local" isRequired description={zone === "utc" ? "In UTC" : "In your time zone"} />
      <TextField label="Why" name="reason" isRequired description="Shown in every explanation" />
      <Refusals of={setting} />
      <div className="row">
        <Button type="submit" kind="primary" isPending={setting.telling}>
          Make the exception
        </Button>
        <Button kind="plain" onPress={() => onDone(false)}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
