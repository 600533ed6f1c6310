import { useView, useViewAddress } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { OPERATIONS, toneOf } from "../../format/requests";
import { Badge } from "../../parts/Badge";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Paging, pageOf, START } from "../../parts/Paging";
import { Empty, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { useTenant } from "../../shell/TenantGate";
import { Filters } from "./Filters";
import { RequestsDocument, type RequestsQuery } from "./generated/Requests";
import { RequestDrawer } from "./RequestDrawer";
import { VIEW, whereOf } from "./view";

type Request = RequestsQuery["scimRequests"]["nodes"][number];

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
    cell: ({ method, path, operation }) => (
      <>
        <code className="nowrap">
          {method} {path}
        </code>
        <p className="quiet small">{OPERATIONS[operation]}</p>
      </>
    ),
  },
  { id: "status", name: "Status", cell: ({ status }) => <Badge tone={toneOf(status)}>{String(status)}</Badge> },
  { id: "why", name: "Why, and what to do", cell: Why },
  { id: "took", name: "Took", align: "end", wideOnly: true, cell: (request) => <span className="nowrap">{request.durationMs} ms</span> },
];

/** What Entra ID asked and was answered, newest first; a refusal says what it means and what to do. */
export default function RequestsPage() {
  const tenant = useTenant();
  const [view, setView] = useView(VIEW);
  const addressOf = useViewAddress(VIEW);
  const filters = whereOf(view);
  const isFiltered = Object.keys(filters).length > 0;
  const asked = useAsk(RequestsDocument, { where: { tenantId: { eq: tenant.id }, ...filters }, ...pageOf(view, PAGE_SIZE) });

  return (
    <>
      <PageHead title="Requests" />
      <Filters view={view} isFiltered={isFiltered} onChange={setView} />
      <Shown of={asked} what="requests">
        {({ scimRequests: { nodes, pageInfo } }) => (
          <>
            <div className="card flush">
              <DataTable
                label="Requests"
                columns={COLUMNS}
                rows={nodes}
                keyOf={(request) => request.id}
                hrefOf={(request) => addressOf({ request: request.id })}
                empty={<Empty title={isFiltered ? "No request is like that." : "Entra ID has not asked for anything yet."} />}
              />
            </div>
            <Paging pageInfo={pageInfo} onGo={(place) => setView(place)} />
          </>
        )}
      </Shown>
      <RequestDrawer
        id={view.request}
        onClose={() => setView({ request: null })}
        onNarrow={(part) => setView({ ...part, request: null, ...START })}
      />
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
