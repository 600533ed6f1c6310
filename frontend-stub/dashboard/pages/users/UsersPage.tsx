import { useCallback } from "react";

import { paths } from "../../address/paths";
import { useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { plural } from "../../format/plural";
import { OUTCOMES, USER_STATUSES } from "../../format/words";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Filter } from "../../parts/Filter";
import { Paging, pageOf, START } from "../../parts/Paging";
import { SearchField } from "../../parts/SearchField";
import { Empty, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { Toggle } from "../../parts/Toggle";
import { PageHead } from "../../shell/PageHead";
import { useMay, useTenant } from "../../shell/TenantGate";
import { ExportDrawer } from "../exports/ExportDrawer";
import { counted, exceptsOf } from "./facets";
import { UserFacetsDocument, UserFiltersDocument, UsersCountDocument, UsersDocument, type UsersQuery } from "./generated/Users";
import { exportWhereOf, ROLE_OUTCOMES, SORTS, STATUSES, sortOf, VIEW, whereOf } from "./view";

type User = NonNullable<UsersQuery["tenant"]>["users"]["nodes"][number];

const PAGE_SIZE = 50;
const NAMES = ["name", "userName"]; // ordering by them tells them
const NOTHING = { q: "", status: [], outcome: [], role: [], group: [], unmapped: false, exception: false, ...START };

const COLUMNS: ColumnOf<User>[] = [
  {
    id: "name",
    name: "Name",
    sorts: true,
    cell: (user) => (
      <>
        <strong>{user.displayName ?? user.userName}</strong>
        {user.status !== "ACTIVE" && (
          <>
            {" "}
            <Badge tone={USER_STATUSES[user.status].tone}>{USER_STATUSES[user.status].word}</Badge>
          </>
        )}
      </>
    ),
  },
  { id: "userName", name: "userName", sorts: true, cell: (user) => user.userName },
  { id: "title", name: "Title", cell: (user) => <span className={user.title === null ? "quiet" : "words"}>{user.title ?? "–"}</span> },
  {
    id: "role",
    name: "Role",
    cell: ({ role, access }) => (
      <>
        {role?.name ?? <span className="quiet">none</span>}{" "}
        {access.role.outcome !== "MAPPED" && <Badge tone={OUTCOMES[access.role.outcome].tone}>{OUTCOMES[access.role.outcome].word}</Badge>}
      </>
    ),
  },
  {
    id: "groups",
    name: "Employee groups",
    wideOnly: true,
    cell: ({ groups, access }) => (
      <>
        {groups.map((group) => group.name).join(", ") || <span className="quiet">none</span>}{" "}
        {access.unmatchedValues.length > 0 && <Badge tone="warn">{plural(access.unmatchedValues.length, "unmapped value")}</Badge>}
      </>
    ),
  },
  { id: "updated", name: "Changed", sorts: true, wideOnly: true, cell: (user) => <Time at={user.updatedAt} as="ago" /> },
];

/** The people of a tenant: filter, sort, page; each leads to the reasons of their access. */
export default function UsersPage() {
  const tenant = useTenant();
  const [view, setView] = useView(VIEW);
  const where = whereOf(view);
  const search = view.q || null;
  const mayReadNames = useMay("READ_PII");
  const sort = sortOf(view.sort, mayReadNames);
  const columns = mayReadNames ? COLUMNS : COLUMNS.map((column) => (NAMES.includes(column.id) ? { ...column, sorts: false } : column));
  const filters = useAsk(UserFiltersDocument, { tenantId: tenant.id });
  const asked = useAsk(UsersDocument, {
    tenantId: tenant.id,
    search,
    where,
    orderBy: [{ field: SORTS[sort] ?? "CREATED_AT", direction: view.desc ? "DESC" : "ASC" }],
    ...pageOf(view, PAGE_SIZE),
  });
  // Counting everybody takes longer than showing the first fifty: let these come first
  const wait = asked.data === undefined;
  const count = useAsk(UsersCountDocument, { tenantId: tenant.id, search, where }, wait);
  const facets = useAsk(UserFacetsDocument, { tenantId: tenant.id, search, ...exceptsOf(view) }, wait).data?.tenant;
  const type = useCallback((q: string) => setView({ q, ...START }, { replace: true }), [setView]);
  const found = count.data?.tenant?.users.totalCount;

  return (
    <>
      <PageHead title="Users">
        <span className="quiet" role="status">
          {found === undefined ? "" : plural(found, "user")}
        </span>
        <ExportDrawer of={{ subject: "USERS", userWhere: exportWhereOf(where, view.q) }} isFiltered={where !== null || search !== null} />
      </PageHead>
      <div className="row">
        {mayReadNames && <SearchField label="Name, e-mail, userName or externalId" value={view.q} onSearch={type} />}
        <Filter
          name="Status"
          options={counted(
            STATUSES.map((id) => ({ id, name: USER_STATUSES[id].word })),
            facets?.status.facets,
          )}
          selected={view.status}
          onChange={(status) => setView({ status: status as typeof view.status, ...START })}
        />
        <Filter
          name="Outcome"
          options={counted(
            ROLE_OUTCOMES.map((id) => ({ id, name: OUTCOMES[id].word })),
            facets?.outcome.facets,
          )}
          selected={view.outcome}
          onChange={(outcome) => setView({ outcome: outcome as typeof view.outcome, ...START })}
        />
        <Filter
          name="Role"
          options={counted(filters.data?.tenant?.roles ?? [], facets?.role.facets)}
          selected={view.role}
          onChange={(role) => setView({ role, ...START })}
        />
        <Filter
          name="Group"
          options={counted(filters.data?.tenant?.employeeGroups ?? [], facets?.group.facets)}
          selected={view.group}
          onChange={(group) => setView({ group, ...START })}
        />
        <Toggle isSelected={view.unmapped} onChange={(unmapped) => setView({ unmapped, ...START })}>
          Unmapped segments
        </Toggle>
        <Toggle isSelected={view.exception} onChange={(exception) => setView({ exception, ...START })}>
          Exceptions
        </Toggle>
        {(where || search) && (
          <Button kind="plain" small onPress={() => setView(NOTHING)}>
            Clear filters
          </Button>
        )}
      </div>
      <Shown of={asked} what="users">
        {({ tenant: answered }) =>
          answered && (
            <>
              <div className="card flush">
                <DataTable
                  label="Users"
                  columns={columns}
                  rows={answered.users.nodes}
                  keyOf={(user) => user.id}
                  hrefOf={(user) => paths.user(tenant.slug, user.id)}
                  sorting={{ column: sort, descending: view.desc }}
                  onSort={({ column, descending }) => setView({ sort: column, desc: descending, ...START })}
                  empty={
                    <Empty title={where || search ? "Nobody is like that." : "Entra ID has not provisioned anybody yet."}>
                      {(where || search) && (
                        <Button small onPress={() => setView(NOTHING)}>
                          Clear filters
                        </Button>
                      )}
                    </Empty>
                  }
                />
              </div>
              <Paging pageInfo={answered.users.pageInfo} onGo={(place) => setView(place)} />
            </>
          )
        }
      </Shown>
    </>
  );
}
