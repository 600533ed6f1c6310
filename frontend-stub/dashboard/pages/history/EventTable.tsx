import { Link } from "react-aria-components";

import { paths } from "../../address/paths";
import { EVENT_ACTIONS, EVENT_OUTCOMES } from "../../format/words";
import { Badge } from "../../parts/Badge";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Diff } from "../../parts/Diff";
import { Empty } from "../../parts/states";
import { Time } from "../../parts/Time";
import type { EventRowFragment } from "./generated/History";

interface EventTableProps {
  slug: string;
  rows: readonly EventRowFragment[];
  isFiltered: boolean;
  hrefOf: (event: EventRowFragment) => string;
}

/** Events, a row each; a row leads to all that is known of its event. */
export function EventTable({ slug, rows, isFiltered, hrefOf }: EventTableProps) {
  return (
    <DataTable
      label="History"
      columns={columnsOf(slug)}
      rows={rows}
      keyOf={(event) => event.id}
      hrefOf={hrefOf}
      empty={<Empty title={isFiltered ? "Nothing is like that." : "Nothing has happened yet."} />}
    />
  );
}

const columnsOf = (slug: string): ColumnOf<EventRowFragment>[] => [
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
        {user ? <Link href={paths.user(slug, user.id)}>{resourceName ?? "somebody"}</Link> : <strong>{resourceName ?? "–"}</strong>}
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
  { id: "changes", name: "Changes", cell: (event) => <Diff changes={event.changes} short /> },
  { id: "by", name: "By", wideOnly: true, cell: (event) => <span className="nowrap">{event.actor.display}</span> },
];
