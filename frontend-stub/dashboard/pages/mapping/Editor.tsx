import "./editor.css";

import { useCallback, useMemo, useState } from "react";
import { Link } from "react-router";

import { paths } from "../../address/paths";
import { text, useView } from "../../address/useView";
import type { Failure } from "../../api/failure";
import { useAsk } from "../../api/useAsk";
import { groupKey, roleKey } from "../../mapping/changes";
import { type MappingDocument, read, same, write } from "../../mapping/document";
import { Findings } from "../../mapping/Findings";
import { namesOf } from "../../mapping/names";
import { OpenPlans } from "../../mapping/OpenPlans";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { SearchField } from "../../parts/SearchField";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { useMay, useTenant } from "../../shell/TenantGate";
import { DraftBar } from "./DraftBar";
import { type MappingInForceQuery, TryingDocument } from "./generated/Editor";
import { GroupsField } from "./GroupsField";
import type { Catalogue } from "./MappingPage";
import { RuleTable } from "./RuleTable";
import { Select } from "./Select";
import { placed, toSent } from "./sending";
import { SettingsCard } from "./SettingsCard";
import { BLANK, Tester } from "./Tester";
import { Unmapped } from "./Unmapped";
import { useDraft } from "./useDraft";
import { useLater } from "./useLater";
import { YamlView } from "./YamlView";

type InForce = NonNullable<NonNullable<MappingInForceQuery["tenant"]>["mapping"]>;

const VIEW = { find: text() };
const MANY_RULES = 12;
const NO_ROLE = { title: "", role: "" };
const NO_GROUPS = { segment: "", groups: [] };

interface EditorProps {
  inForce: InForce;
  catalogue: Catalogue;
  onAgain: () => void;
}

/** Rules as tables and as text, the values without a rule beside them, and a place to try: all of one draft. */
export function Editor({ inForce, catalogue, onAgain }: EditorProps) {
  const tenant = useTenant();
  const mayEdit = useMay("EDIT_MAPPING");
  const [view, setView] = useView(VIEW);
  const document = useMemo(() => read(inForce.document), [inForce.document]);
  const drafting = useDraft(tenant.id, inForce.version, document);
  const { base, draft, baseVersion } = mayEdit ? drafting.kept : { base: document, draft: document, baseVersion: inForce.version };
  const [typed, setTyped] = useState<string | null>(null);
  const [samples, setSamples] = useState([BLANK]);
  const later = useLater(useMemo(() => ({ draft, samples }), [draft, samples]));
  const sent = useMemo(() => toSent(later.draft), [later.draft]);
  const trying = useAsk(TryingDocument, {
    input: {
      tenantId: tenant.id,
      document: write(sent.document),
      format: "JSON",
      prune: true,
      samples: later.samples
        .map(({ title, userType }, row) => ({ ref: String(row), title, userType }))
        .filter((sample) => sample.title + sample.userType !== ""),
    },
  });
  const tried = trying.data?.evaluateMapping;
  const findings = placed([...(tried?.findings ?? []), ...(tried?.review ?? [])], sent);
  const names = namesOf(catalogue.roles, catalogue.employeeGroups);
  const change = (part: Partial<MappingDocument>) => drafting.change({ ...draft, ...part });
  const find = useCallback((text: string) => setView({ find: text }, { replace: true }), [setView]);
  const isDraft = !same(base, draft);
  const isStale = isDraft && baseVersion !== inForce.version;
  const hasMany = draft.roleRules.length + draft.groupRules.length > MANY_RULES;

  /** What is typed as text goes with the draft that it was to become. */
  const without = (act: () => void) => () => {
    setTyped(null);
    act();
  };
  const drop = without(drafting.drop);
  const takeIn = without(drafting.takeIn);

  function obstacle(): string | null {
    if (isStale) return "The mapping has moved";
    if (typed !== null) return "The text is not read yet";
    if (later.draft === draft && tried?.json === null) return "There is an error in it";
    return null;
  }

  return (
    <>
      <PageHead title="Mapping">
        {hasMany && <SearchField label="Find a rule" value={view.find} onSearch={find} />}
        <Link to={paths.versions(tenant.slug)}>Versions</Link>
      </PageHead>
      <p className="quiet">
        Version {inForce.version} is in force, since <Time at={inForce.createdAt} />, by {inForce.createdBy.display}
        {inForce.message && `: ${inForce.message}`}
      </p>
      <OpenPlans />
      {isStale && (
        <div className="stale-draft" role="alert">
          <p>
            <Icon name="warning" /> Version {inForce.version} came into force after you began with version {baseVersion}. Your draft is kept.
          </p>
          <div className="row">
            <Button small kind="primary" onPress={takeIn}>
              Put my changes on version {inForce.version}
            </Button>
            <Button small onPress={drop}>
              Throw my draft away
            </Button>
          </div>
        </div>
      )}
      {trying.failure && trying.failure.kind !== "signedOut" && <NotLookedAt failure={trying.failure} isDraft={isDraft} onAgain={trying.again} />}
      <div className="editor-columns">
        <div className="stack">
          <fieldset className="stack plain" disabled={typed !== null} aria-label="Rules">
            <Findings findings={findings.rest} />
            <RuleTable
              label={`${draft.settings.roleAttribute} → role`}
              valueName={draft.settings.roleAttribute}
              givesName="Role"
              rules={draft.roleRules}
              base={base.roleRules}
              keyOf={roleKey}
              textOf={(rule) => rule.title}
              withValue={(rule, title) => ({ ...rule, title })}
              blank={NO_ROLE}
              gives={(rule, name, set) =>
                mayEdit ? (
                  <Select label={`Role of ${name}`} value={rule.role} options={catalogue.roles} onChange={(role) => set({ ...rule, role })} />
                ) : (
                  names.role(rule.role)
                )
              }
              findings={findings.role}
              find={view.find}
              mayEdit={mayEdit}
              onChange={(roleRules) => change({ roleRules })}
            />
            <RuleTable
              label={`${draft.settings.groupAttribute} → employee groups`}
              valueName={draft.settings.groupAttribute}
              givesName="Employee groups"
              rules={draft.groupRules}
              base={base.groupRules}
              keyOf={groupKey}
              textOf={(rule) => rule.segment}
              withValue={(rule, segment) => ({ ...rule, segment })}
              blank={NO_GROUPS}
              gives={(rule, name, set) =>
                mayEdit ? (
                  <GroupsField
                    label={`Employee groups of ${name}`}
                    options={catalogue.employeeGroups}
                    names={names}
                    value={rule.groups}
                    onChange={(groups) => set({ ...rule, groups })}
                  />
                ) : (
                  rule.groups.map(names.group).join(", ")
                )
              }
              findings={findings.group}
              find={view.find}
              mayEdit={mayEdit}
              onChange={(groupRules) => change({ groupRules })}
            />
            <SettingsCard
              settings={draft.settings}
              catalogue={catalogue}
              names={names}
              findings={findings.settings}
              mayEdit={mayEdit}
              onChange={(settings) => change({ settings })}
            />
          </fieldset>
          <Tester settings={draft.settings} samples={samples} results={tried?.results ?? []} onChange={setSamples} />
          <YamlView tenantId={tenant.id} yaml={tried?.yaml} mayEdit={mayEdit} typed={typed} onType={setTyped} onRead={drafting.change} />
        </div>
        <Unmapped draft={draft} mayEdit={mayEdit && typed === null} onChange={drafting.change} />
      </div>
      {isDraft && <DraftBar drafting={{ ...drafting, drop, takeIn }} obstacle={obstacle()} onRefused={onAgain} />}
    </>
  );
}

interface NotLookedAtProps {
  failure: Failure;
  isDraft: boolean;
  onAgain: () => void;
}

/** Says that findings, text and tester are not of what the tables say now. */
function NotLookedAt({ failure, isDraft, onAgain }: NotLookedAtProps) {
  return (
    <div className="stale-draft" role="alert">
      <p>
        <Icon name="warning" /> The rules were not looked at: {failure.message} {failure.hint} {isDraft && "Your draft is kept."}
      </p>
      {failure.kind !== "forbidden" && (
        <div className="row">
          <Button small onPress={onAgain}>
            Look at them again
          </Button>
        </div>
      )}
    </div>
  );
}
