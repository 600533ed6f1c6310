/** A draft on its way to the server, and what comes back beside its rows. */
import type { MappingDocument } from "../../mapping/document";
import type { FoundFragment } from "../../mapping/generated/Mapping";

export interface Sent {
  document: MappingDocument;
  /** Of each rule that is sent, the row where it stands: rows that are blank as yet are not sent. */
  roleRows: number[];
  groupRows: number[];
}

export function toSent({ settings, roleRules, groupRules }: MappingDocument): Sent {
  const roleRows = roleRules.flatMap((rule, row) => (rule.title.trim() === "" && rule.role === "" ? [] : [row]));
  const groupRows = groupRules.flatMap((rule, row) => (rule.segment.trim() === "" && rule.groups.length === 0 ? [] : [row]));
  return {
    document: {
      settings,
      roleRules: roleRules.filter((_, row) => roleRows.includes(row)),
      groupRules: groupRules.filter((_, row) => groupRows.includes(row)),
    },
    roleRows,
    groupRows,
  };
}

export interface Placed {
  role: Map<number, FoundFragment[]>;
  group: Map<number, FoundFragment[]>;
  /** Name of a setting → what was found there. */
  settings: Map<string, FoundFragment[]>;
  /** What has no place of its own. */
  rest: FoundFragment[];
}

const PLACE = /^(?:(roleRules|groupRules)\[(\d+)\]|settings\.(\w+))/;

/** Sorts findings by the row, or the setting, that they speak of. */
export function placed(findings: readonly FoundFragment[], { roleRows, groupRows }: Sent): Placed {
  const found: Placed = { role: new Map(), group: new Map(), settings: new Map(), rest: [] };
  for (const finding of findings) {
    const [, section, index, setting] = PLACE.exec(finding.path ?? "") ?? [];
    const row = (section === "roleRules" ? roleRows : groupRows)[Number(index)];
    if (setting !== undefined) add(found.settings, setting, finding);
    else if (section !== undefined && row !== undefined) add(section === "roleRules" ? found.role : found.group, row, finding);
    else found.rest.push(finding);
  }
  return found;
}

function add<K>(places: Map<K, FoundFragment[]>, place: K, finding: FoundFragment): void {
  places.set(place, [...(places.get(place) ?? []), finding]);
}
