import { Link } from "react-router";

import { paths } from "../../address/paths";
import { anyOf, optional, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { EVENT_ACTIONS, EVENT_OUTCOMES } from "../../format/words";
import type { EventAction, EventOutcome } from "../../generated/schema";
import { Badge } from "../../parts/Badge";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Diff } from "../../parts/Diff";
import { Filter } from "../../parts/Filter";
import { Paging, pageOf, START } from "../../parts/Paging";
import { Empty, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { useTenant } from "../../shell/TenantGate";
import { HistoryDocument, type HistoryQuery } from "./generated/History";

type Event = HistoryQuery["provisioningEvents"]["nodes"][number];

const ACTIONS = Object.keys(EVENT_ACTIONS) as EventAction[];
const OUTCOMES = Object.keys(EVENT_OUTCOMES) as EventOutcome[];
const VIEW = { action: anyOf(ACTIONS), outcome: anyOf(OUTCOMES), after: optional(), before: optional() };
const PAGE_SIZE = 50;

/** What happened to the users and groups of a tenant, newest first. */
export default function HistoryPage() {
  const tenant = useTenant();
  const [view, setView] = useView(VIEW);
  const isFiltered = view.action.length > 0 || view.outcome.length > 0;
  const asked = useAsk(HistoryDocument, {
    where: {
      tenantId: { eq: tenant.id },
      ...(view.action.length > 0 ? { action: view.action } : {}),
      ...(view.outcome.length > 0 ? { outcome: view.outcome } : {}),
    },
    ...pageOf(view, PAGE_SIZE),
  });
  const columns: ColumnOf<Event>[] = [
    {
      id: "when",
      name: "When",
      cell: (event) => (
        <span className="nowrap">
          <Time at={event.occurredAt} />
        </span>
      ),
    },
    {
      id: "who",
      name: "Who",
      isHeader: true,
      cell: ({ resourceName, user }) => (
        <span className="named">
          {user ? <Link to={paths.user(tenant.slug, user.id)}>{resourceName ?? "somebody"}</Link> : <strong>{resourceName ?? "–"}</strong>}
        </span>
      ),
    },
    {
      id: "what",
      name: "What",
      cell: ({ action, outcome, reason }) => (
        <>
          {EVENT_ACTIONS[action]} <Badge tone={EVENT_OUTCOMES[outcome].tone}>{EVENT_OUTCOMES[outcome].word}</Badge>
          {reason && <p className="quiet small">{reason}</p>}
        </>
      ),
    },
    { id: "changes", name: "Changes", cell: (event) => <Diff changes={event.changes} /> },
    { id: "by", name: "By", wideOnly: true, cell: (event) => <span className="nowrap">{event.actor.display}</span> },
  ];

  return (
    <>
      <PageHead title="History" />
      <div className="row">
        <Filter
          name="Kind"
          options={ACTIONS.map((id) => ({ id, name: EVENT_ACTIONS[id] }))}
          selected={view.action}
          onChange={(action) => setView({ action: action as EventAction[], ...START })}
        />
        <Filter
          name="Outcome"
          options={OUTCOMES.map((id) => ({ id, name: EVENT_OUTCOMES[id].word }))}
          selected={view.outcome}
          onChange={(outcome) => setView({ outcome: outcome as EventOutcome[], ...START })}
        />
      </div>
      <Shown of={asked} what="the history">
        {({ provisioningEvents: { nodes, pageInfo } }) => (
          <>
            <div className="card flush">
              <DataTable
                label="History"
                columns={columns}
                rows={nodes}
                keyOf={(event) => event.id}
                empty={<Empty title={isFiltered ? "Nothing is like that." : "Nothing has happened yet."} />}
              />
            </div>
            <Paging pageInfo={pageInfo} onGo={(place) => setView(place)} />
          </>
        )}
      </Shown>
    </>
  );
}
