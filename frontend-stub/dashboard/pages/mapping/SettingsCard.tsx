import { type ReactNode, useId } from "react";

import type { UnmappedPolicy } from "../../generated/schema";
import type { Settings } from "../../mapping/document";
import { Findings } from "../../mapping/Findings";
import type { FoundFragment } from "../../mapping/generated/Mapping";
import type { Names } from "../../mapping/names";
import { GroupsField } from "./GroupsField";
import type { Catalogue } from "./MappingPage";
import { Select } from "./Select";

const POLICIES: readonly { key: UnmappedPolicy; name: string }[] = [
  { key: "ASSIGN_NONE", name: "nothing is given" },
  { key: "KEEP_PREVIOUS", name: "what was there stays" },
  { key: "USE_DEFAULT", name: "the default is given" },
  { key: "REJECT_REQUEST", name: "the request is refused" },
];
const SPACE = " ";

interface SettingsCardProps {
  settings: Settings;
  catalogue: Catalogue;
  names: Names;
  findings: Map<string, FoundFragment[]>;
  mayEdit: boolean;
  onChange: (settings: Settings) => void;
}

/** How values are read, and what happens to those without a rule. */
export function SettingsCard({ settings, catalogue, names, findings, mayEdit, onChange }: SettingsCardProps) {
  const id = useId();
  const set = (part: Partial<Settings>) => onChange({ ...settings, ...part });
  const policy = (name: "emptyTitle" | "unmappedTitle" | "unmappedGroup", label: string) => (
    <Setting name={label} findings={findings.get(name)}>
      {mayEdit ? (
        <Select label={label} value={settings[name]} options={POLICIES} onChange={(key) => set({ [name]: key as UnmappedPolicy })} />
      ) : (
        POLICIES.find(({ key }) => key === settings[name])?.name
      )}
    </Setting>
  );
  return (
    <section className="card stack" aria-labelledby={id}>
      <h2 id={id}>Settings</h2>
      <dl className="settings">
        <Setting name={`${settings.groupAttribute} is split on`} findings={findings.get("delimiter")}>
          {mayEdit ? (
            <input
              className="input delimiter"
              aria-label={`${settings.groupAttribute} is split on`}
              value={settings.delimiter}
              maxLength={8}
              onChange={(event) => set({ delimiter: event.target.value })}
            />
          ) : (
            <code>{settings.delimiter.replaceAll(SPACE, "␣")}</code>
          )}
        </Setting>
        {policy("unmappedTitle", `${settings.roleAttribute} without a rule`)}
        {policy("emptyTitle", `${settings.roleAttribute} is empty`)}
        {policy("unmappedGroup", `${settings.groupAttribute} without a rule`)}
        <Setting name="Default role" findings={findings.get("defaultRole")}>
          {mayEdit ? (
            <Select
              label="Default role"
              none="none"
              value={settings.defaultRole ?? ""}
              options={catalogue.roles}
              onChange={(key) => set({ defaultRole: key || null })}
            />
          ) : (
            (settings.defaultRole && names.role(settings.defaultRole)) || "none"
          )}
        </Setting>
        <Setting name="Default groups" findings={findings.get("defaultGroups")}>
          {mayEdit ? (
            <GroupsField
              label="Default groups"
              options={catalogue.employeeGroups}
              names={names}
              value={settings.defaultGroups}
              onChange={(defaultGroups) => set({ defaultGroups })}
            />
          ) : (
            settings.defaultGroups.map(names.group).join(", ") || "none"
          )}
        </Setting>
      </dl>
    </section>
  );
}

function Setting({ name, findings = [], children }: { name: string; findings?: FoundFragment[] | undefined; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        <Findings findings={findings} />
      </dd>
    </div>
  );
}
