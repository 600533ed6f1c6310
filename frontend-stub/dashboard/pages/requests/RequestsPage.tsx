import { anyOf, optional, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { Badge } from "../../parts/Badge";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Filter } from "../../parts/Filter";
import { Paging, pageOf, START } from "../../parts/Paging";
import { Empty, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { useTenant } from "../../shell/TenantGate";
import { RequestsDocument, type RequestsQuery } from "./generated/Requests";

type Request = RequestsQuery["scimRequests"]["nodes"][number];

const CLASSES = [
  { id: "2", name: "answered (2xx)" },
  { id: "3", name: "unchanged (3xx)" },
  { id: "4", name: "refused (4xx)" },
  { id: "5", name: "failed (5xx)" },
];
const VIEW = { status: anyOf(CLASSES.map(({ id }) => id)), after: optional(), before: optional() };
const PAGE_SIZE = 50;

const COLUMNS: ColumnOf<Request>[] = [
  {
    id: "when",
    name: "When",
    cell: (request) => (
      <span className="nowrap">
        <Time at={request.receivedAt} />
      </span>
    ),
  },
  {
    id: "request",
    name: "Request",
    isHeader: true,
    cell: ({ method, path }) => (
      <code className="nowrap">
        {method} {path}
      </code>
    ),
  },
  {
    id: "status",
    name: "Status",
    cell: ({ status }) => <Badge tone={status < 400 ? "good" : status < 500 ? "warn" : "bad"}>{String(status)}</Badge>,
  },
  { id: "why", name: "Why, and what to do", cell: Why },
  { id: "took", name: "Took", align: "end", wideOnly: true, cell: (request) => <span className="nowrap">{request.durationMs} ms</span> },
  { id: "id", name: "Request id", wideOnly: true, cell: (request) => <span className="quiet small">{request.requestId}</span> },
];

/** What Entra ID asked and was answered, newest first; a refusal says what it means and what to do. */
export default function RequestsPage() {
  const tenant = useTenant();
  const [view, setView] = useView(VIEW);
  const asked = useAsk(RequestsDocument, {
    where: { tenantId: { eq: tenant.id }, ...(view.status.length > 0 ? { statusClass: view.status.map(Number) } : {}) },
    ...pageOf(view, PAGE_SIZE),
  });

  return (
    <>
      <PageHead title="Requests" />
      <div className="row">
        <Filter name="Status" options={CLASSES} selected={view.status} onChange={(status) => setView({ status, ...START })} />
      </div>
      <Shown of={asked} what="requests">
        {({ scimRequests: { nodes, pageInfo } }) => (
          <>
            <div className="card flush">
              <DataTable
                label="Requests"
                columns={COLUMNS}
                rows={nodes}
                keyOf={(request) => request.id}
                empty={<Empty title={view.status.length > 0 ? "No request is like that." : "Entra ID has not asked for anything yet."} />}
              />
            </div>
            <Paging pageInfo={pageInfo} onGo={(place) => setView(place)} />
          </>
        )}
      </Shown>
    </>
  );
}

function Why({ detail, explanation }: Request) {
  if (!explanation) return <span className="quiet">–</span>;
  return (
    <>
      <p>{detail ?? explanation.meaning}</p>
      <p className="quiet small">{explanation.remedy}</p>
    </>
  );
}
