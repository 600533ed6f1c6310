import { Navigate } from "react-router";

import { paths } from "../../address/paths";
import { text, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { plural } from "../../format/plural";
import { USER_STATUSES } from "../../format/words";
import { Badge } from "../../parts/Badge";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Empty, Shown } from "../../parts/states";
import { PageHead } from "../../shell/PageHead";
import { SearchPeopleDocument, type SearchPeopleQuery, SearchRequestDocument, type SearchRequestQuery } from "./generated/Search";

type Person = SearchPeopleQuery["users"]["nodes"][number];
type Trace = NonNullable<SearchRequestQuery["trace"]>;

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

/** Everything in sight that the text may mean: people; a request id leads to its trace. */
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
  const mayBeRequest = REQUEST_ID.test(wanted);
  const request = useAsk(SearchRequestDocument, { requestId: wanted }, !mayBeRequest);
  const people = useAsk(SearchPeopleDocument, { text: wanted });
  if (mayBeRequest && request.data?.trace) return <Navigate replace to={whereIs(request.data.trace)} />;
  return (
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
  );
}

/** A request is shown in its tenant, if it has one. */
function whereIs({ requestId, request, events, auditEntries }: Trace): string {
  const tenant = [request, ...events.nodes, ...auditEntries.nodes].find((each) => each?.tenant)?.tenant;
  return paths.trace(tenant?.slug, requestId);
}
