import { useView, useViewAddress } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import type { ProvisioningEventWhere } from "../../generated/schema";
import { Paging, type Place, pageOf, START } from "../../parts/Paging";
import { Shown } from "../../parts/states";
import { Toggle } from "../../parts/Toggle";
import { PageHead } from "../../shell/PageHead";
import { useTenant } from "../../shell/TenantGate";
import { ExportDrawer } from "../exports/ExportDrawer";
import { EventDrawer } from "./EventDrawer";
import { EventTable } from "./EventTable";
import { Filters } from "./Filters";
import { type EventRowFragment, HistoryDocument } from "./generated/History";
import { LiveHistory } from "./LiveHistory";
import { VIEW, whereOf } from "./view";

const PAGE_SIZE = 50;

/** What happened to the users and groups of a tenant, newest first; on request also what happens. */
export default function HistoryPage() {
  const tenant = useTenant();
  const [view, setView] = useView(VIEW);
  const addressOf = useViewAddress(VIEW);
  const filters = whereOf(view);
  const parts = {
    slug: tenant.slug,
    where: { tenantId: { eq: tenant.id }, ...filters },
    isFiltered: Object.keys(filters).length > 0,
    hrefOf: (event: EventRowFragment) => addressOf({ event: event.id }),
    onGo: (place: Place) => setView({ ...place, live: false }),
  };

  return (
    <>
      <PageHead title="History">
        <Toggle isSelected={view.live} onChange={(live) => setView({ live, ...START })}>
          Live
        </Toggle>
        <ExportDrawer of={{ subject: "PROVISIONING_EVENTS", eventWhere: parts.isFiltered ? filters : null }} isFiltered={parts.isFiltered} />
      </PageHead>
      <Filters view={view} isFiltered={parts.isFiltered} onChange={setView} />
      {view.live ? <LiveHistory {...parts} size={PAGE_SIZE} /> : <PagedHistory {...parts} place={view} />}
      <EventDrawer id={view.event} onClose={() => setView({ event: null })} onNarrow={(part) => setView({ ...part, event: null, ...START })} />
    </>
  );
}

interface PagedHistoryProps {
  slug: string;
  where: ProvisioningEventWhere;
  place: Place;
  isFiltered: boolean;
  hrefOf: (event: EventRowFragment) => string;
  onGo: (place: Place) => void;
}

function PagedHistory({ slug, where, place, isFiltered, hrefOf, onGo }: PagedHistoryProps) {
  const asked = useAsk(HistoryDocument, { where, ...pageOf(place, PAGE_SIZE) });
  return (
    <Shown of={asked} what="the history">
      {({ provisioningEvents: { nodes, pageInfo } }) => (
        <>
          <div className="card flush">
            <EventTable slug={slug} rows={nodes} isFiltered={isFiltered} hrefOf={hrefOf} />
          </div>
          <Paging pageInfo={pageInfo} onGo={onGo} />
        </>
      )}
    </Shown>
  );
}
