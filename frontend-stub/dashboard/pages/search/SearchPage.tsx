import { paths } from "../../address/paths";
import { text, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { plural } from "../../format/plural";
import { EVENT_ACTIONS, EVENT_OUTCOMES, USER_STATUSES } from "../../format/words";
import { Badge } from "../../parts/Badge";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Empty, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { SearchPeopleDocument, type SearchPeopleQuery, SearchRequestDocument, type SearchRequestQuery } from "./generated/Search";

type Person = SearchPeopleQuery["users"]["nodes"][number];
type Event = SearchRequestQuery["provisioningEvents"]["nodes"][number];

const VIEW = { q: text() };
const REQUEST_ID = /^[\w-]{16,}$/;

const PEOPLE: ColumnOf<Person>[] = [
  { id: "name", name: "Name", cell: (person) => <strong>{person.displayName ?? person.userName}</strong> },
  { id: "userName", name: "userName", cell: (person) => person.userName },
  { id: "title", name: "Title", cell: (person) => person.title ?? <span className="quiet">–</span> },
  {
    id: "role",
    name: "Role",
    cell: ({ role, status }) =>
      role?.name ?? (status === "ACTIVE" ? <span className="quiet">none</span> : <Badge>{USER_STATUSES[status].word}</Badge>),
  },
  { id: "tenant", name: "Tenant", cell: (person) => person.tenant?.name ?? "" },
];

const EVENTS: ColumnOf<Event>[] = [
  { id: "who", name: "Who", cell: (event) => <strong>{event.resourceName ?? "–"}</strong> },
  { id: "what", name: "What", cell: (event) => EVENT_ACTIONS[event.action] },
  {
    id: "outcome",
    name: "Outcome",
    cell: ({ outcome }) => <Badge tone={EVENT_OUTCOMES[outcome].tone}>{EVENT_OUTCOMES[outcome].word}</Badge>,
  },
  { id: "when", name: "When", cell: (event) => <Time at={event.occurredAt} /> },
  { id: "tenant", name: "Tenant", cell: (event) => event.tenant?.name ?? "" },
];

/** Everything in sight that the text may mean: people, and what a request did. */
export default function SearchPage() {
  const [{ q }] = useView(VIEW);
  return (
    <>
      <PageHead title={q === "" ? "Search" : `“${q}”`} />
      {q === "" ? <Empty title="Why does somebody have this access? Search for them above." /> : <Found text={q} />}
    </>
  );
}

function Found({ text: wanted }: { text: string }) {
  const people = useAsk(SearchPeopleDocument, { text: wanted });
  const mayBeRequest = REQUEST_ID.test(wanted);
  const request = useAsk(SearchRequestDocument, { requestId: wanted }, !mayBeRequest);
  const events = mayBeRequest ? (request.data?.provisioningEvents.nodes ?? []) : [];
  return (
    <>
      {events.length > 0 && (
        <section className="stack">
          <h2>What the request did</h2>
          <div className="card flush">
            <DataTable
              label="What the request did"
              columns={EVENTS}
              rows={events}
              keyOf={(event) => event.id}
              hrefOf={(event) => (event.user && event.tenant ? paths.user(event.tenant.slug, event.user.id) : paths.tenant(event.tenant?.slug ?? ""))}
              empty={null}
            />
          </div>
        </section>
      )}
      <Shown of={people} what="people">
        {({ users: { nodes, pageInfo } }) => (
          <section className="stack">
            {nodes.length > 0 && (
              <h2>{pageInfo.hasNextPage ? "The first 25 people; say more of the name" : plural(nodes.length, "person", "people")}</h2>
            )}
            <div className="card flush">
              <DataTable
                label="People"
                columns={PEOPLE}
                rows={nodes}
                keyOf={(person) => person.id}
                hrefOf={(person) => paths.user(person.tenant?.slug ?? "", person.id)}
                empty={<Empty title={`Nobody is called “${wanted}”.`} />}
              />
            </div>
          </section>
        )}
      </Shown>
    </>
  );
}
