import { useId, useState } from "react";
import { Link } from "react-router";

import { paths } from "../../address/paths";
import { useAsk } from "../../api/useAsk";
import { plural } from "../../format/plural";
import { groupKey, roleKey } from "../../mapping/changes";
import { type MappingDocument, normalise } from "../../mapping/document";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { Shown } from "../../parts/states";
import { useTenant } from "../../shell/TenantGate";
import { UnmappedDocument, type UnmappedQuery } from "./generated/Editor";

type Value = NonNullable<UnmappedQuery["tenant"]>["unmappedValues"]["nodes"][number];
type Suggestion = Value["suggestions"][number];

const SHOWN = 30;

interface UnmappedProps {
  draft: MappingDocument;
  mayEdit: boolean;
  onChange: (draft: MappingDocument) => void;
}

/** Values that people have and no rule speaks of, with what they could mean; one press makes a rule of the draft. */
export function Unmapped({ draft, mayEdit, onChange }: UnmappedProps) {
  const tenant = useTenant();
  const id = useId();
  const asked = useAsk(UnmappedDocument, { tenantId: tenant.id, first: SHOWN });
  const [said, setSaid] = useState("");
  const titles = new Set(draft.roleRules.map(roleKey));
  const segments = new Set(draft.groupRules.map(groupKey));
  const isMapped = ({ kind, value }: Value) => (kind === "ROLE" ? titles : segments).has(normalise(value));

  function map(value: Value, suggestion?: Suggestion) {
    if (value.kind === "ROLE") {
      const role = suggestion?.role?.key ?? "";
      onChange({ ...draft, roleRules: [...draft.roleRules, { title: value.value, role }] });
    } else {
      const groups = suggestion?.groups.map(({ key }) => key) ?? [];
      onChange({ ...draft, groupRules: [...draft.groupRules, { segment: value.value, groups }] });
    }
    setSaid(`A rule for “${value.value}” is in the draft${suggestion ? `: ${suggestion.label}` : ", choose what it gives"}.`);
    document.getElementById(placeOf(value))?.focus();
  }

  return (
    <section className="card stack" aria-labelledby={id}>
      <h2 id={id}>Without a rule</h2>
      <p className="visually-hidden" role="status">
        {said}
      </p>
      <Shown of={asked} what="values without a rule">
        {({ tenant: found }) =>
          found === null || found.unmappedValues.nodes.length === 0 ? (
            <p className="quiet">Every value that people have has a rule.</p>
          ) : (
            <>
              <ul className="unmapped">
                {found.unmappedValues.nodes.map((value) => (
                  <li key={value.id} id={placeOf(value)} tabIndex={-1}>
                    <p className="row spread">
                      <span>
                        <span className="quiet small">{value.kind === "ROLE" ? draft.settings.roleAttribute : draft.settings.groupAttribute}</span>{" "}
                        <strong>{value.value}</strong>
                      </span>
                      <span className="quiet nowrap">{plural(value.users, "user")}</span>
                    </p>
                    <Samples value={value} slug={tenant.slug} />
                    {isMapped(value) ? (
                      <p>
                        <Badge tone="good">
                          <Icon name="check" size={12} /> in the draft
                        </Badge>
                      </p>
                    ) : (
                      <Offers value={value} mayEdit={mayEdit} onMap={(suggestion) => map(value, suggestion)} />
                    )}
                  </li>
                ))}
              </ul>
              {found.unmappedValues.pageInfo.hasNextPage && <p className="quiet">These are the first {SHOWN}; more come when they have rules.</p>}
            </>
          )
        }
      </Shown>
    </section>
  );
}

const placeOf = (value: Value) => `unmapped-${value.id}`;

function Samples({ value, slug }: { value: Value; slug: string }) {
  if (value.sampleUsers.length === 0) return null;
  const left = value.users - value.sampleUsers.length;
  return (
    <p className="small quiet">
      {value.sampleUsers.map((user, index) => (
        <span key={user.id}>
          {index > 0 && ", "}
          <Link to={paths.user(slug, user.id)}>{user.displayName ?? user.userName}</Link>
        </span>
      ))}
      {left > 0 && ` and ${left} more`}
    </p>
  );
}

function Offers({ value, mayEdit, onMap }: { value: Value; mayEdit: boolean; onMap: (suggestion?: Suggestion) => void }) {
  if (!mayEdit) {
    const [best] = value.suggestions;
    return best ? (
      <p className="small">
        Perhaps {best.label}: {best.reason}
      </p>
    ) : null;
  }
  return (
    <p className="row">
      {value.suggestions.map((suggestion) => (
        <Button
          key={suggestion.label}
          small
          onPress={() => onMap(suggestion)}
          aria-label={`Map ${value.value} to ${suggestion.label}, since ${suggestion.reason}`}
        >
          → {suggestion.label}
        </Button>
      ))}
      <Button small kind="plain" onPress={() => onMap()} aria-label={`Write a rule for ${value.value}`}>
        Write a rule
      </Button>
    </p>
  );
}
