import { anyOf, optional, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { AUDIT_OUTCOMES } from "../../format/words";
import type { AuditOutcome } from "../../generated/schema";
import { Badge } from "../../parts/Badge";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Diff } from "../../parts/Diff";
import { Filter } from "../../parts/Filter";
import { Paging, pageOf, START } from "../../parts/Paging";
import { Empty, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { useTenant } from "../../shell/TenantGate";
import { AuditDocument, type AuditQuery } from "./generated/Audit";

type Entry = AuditQuery["auditEntries"]["nodes"][number];

const OUTCOMES = Object.keys(AUDIT_OUTCOMES) as AuditOutcome[];
const VIEW = { outcome: anyOf(OUTCOMES), after: optional(), before: optional() };
const PAGE_SIZE = 50;

const COLUMNS: ColumnOf<Entry>[] = [
  {
    id: "when",
    name: "When",
    cell: (entry) => (
      <span className="nowrap">
        <Time at={entry.occurredAt} />
      </span>
    ),
  },
  { id: "who", name: "Who", cell: (entry) => <span className="named">{entry.actor.display}</span> },
  {
    id: "what",
    name: "What",
    isHeader: true,
    cell: ({ summary, outcome, reason, attempts }) => (
      <>
        {summary}{" "}
        {outcome !== "SUCCEEDED" && (
          <Badge tone={AUDIT_OUTCOMES[outcome].tone}>
            {attempts > 1 ? `${AUDIT_OUTCOMES[outcome].word}, ${attempts} times` : AUDIT_OUTCOMES[outcome].word}
          </Badge>
        )}
        {reason && !summary.includes(reason) && <p className="quiet small">{reason}</p>}
      </>
    ),
  },
  { id: "changes", name: "Changes", cell: (entry) => <Diff changes={entry.changes} /> },
];

/** Who changed what in a tenant, and who tried. */
export default function AuditPage() {
  const tenant = useTenant();
  const [view, setView] = useView(VIEW);
  const asked = useAsk(AuditDocument, {
    where: { tenantId: { eq: tenant.id }, ...(view.outcome.length > 0 ? { outcome: view.outcome } : {}) },
    ...pageOf(view, PAGE_SIZE),
  });

  return (
    <>
      <PageHead title="Audit" />
      <div className="row">
        <Filter
          name="Outcome"
          options={OUTCOMES.map((id) => ({ id, name: AUDIT_OUTCOMES[id].word }))}
          selected={view.outcome}
          onChange={(outcome) => setView({ outcome: outcome as AuditOutcome[], ...START })}
        />
      </div>
      <Shown of={asked} what="the audit trail">
        {({ auditEntries: { nodes, pageInfo } }) => (
          <>
            <div className="card flush">
              <DataTable
                label="Audit"
                columns={COLUMNS}
                rows={nodes}
                keyOf={(entry) => entry.id}
                empty={<Empty title={view.outcome.length > 0 ? "Nothing is like that." : "Nobody has changed anything yet."} />}
              />
            </div>
            <Paging pageInfo={pageInfo} onGo={(place) => setView(place)} />
          </>
        )}
      </Shown>
    </>
  );
}
