import { useCallback } from "react";

import { paths } from "../../address/paths";
import { flag, optional, text, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { number } from "../../format/plural";
import { TENANT_STATUSES } from "../../format/words";
import { Badge } from "../../parts/Badge";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Paging, pageOf, START } from "../../parts/Paging";
import { SearchField } from "../../parts/SearchField";
import { Empty, Shown } from "../../parts/states";
import { Toggle } from "../../parts/Toggle";
import { PageHead } from "../../shell/PageHead";
import { TenantsDocument, type TenantsQuery } from "./generated/Tenants";

type Tenant = TenantsQuery["tenants"]["nodes"][number];

const VIEW = { q: text(), unmapped: flag(), after: optional(), before: optional() };
const PAGE_SIZE = 25;

const COLUMNS: ColumnOf<Tenant>[] = [
  { id: "name", name: "Tenant", cell: (tenant) => <strong>{tenant.name}</strong>, isHeader: true },
  {
    id: "status",
    name: "Status",
    cell: ({ status }) => <Badge tone={TENANT_STATUSES[status].tone}>{TENANT_STATUSES[status].word}</Badge>,
  },
  { id: "users", name: "Users", align: "end", cell: (tenant) => number(tenant.users.totalCount) },
  {
    id: "unmapped",
    name: "Unmapped values",
    align: "end",
    cell: ({ unmappedValues: { totalCount } }) =>
      totalCount === 0 ? <span className="quiet">none</span> : <Badge tone="warn">{number(totalCount)}</Badge>,
  },
];

/** All customers in sight, and which of them need somebody. */
export default function TenantsPage() {
  const [view, setView] = useView(VIEW);
  const asked = useAsk(TenantsDocument, {
    search: view.q || null,
    where: view.unmapped ? { hasUnmappedValues: true } : null,
    ...pageOf(view, PAGE_SIZE),
  });
  const search = useCallback((q: string) => setView({ q, ...START }, { replace: true }), [setView]);

  return (
    <>
      <PageHead title="Tenants" />
      <div className="row">
        <SearchField label="Name or slug" value={view.q} onSearch={search} />
        <Toggle isSelected={view.unmapped} onChange={(unmapped) => setView({ unmapped, ...START })}>
          With unmapped values
        </Toggle>
      </div>
      <Shown of={asked} what="tenants">
        {({ tenants }) => (
          <>
            <div className="card flush">
              <DataTable
                label="Tenants"
                columns={COLUMNS}
                rows={tenants.nodes}
                keyOf={(tenant) => tenant.id}
                hrefOf={(tenant) => paths.tenant(tenant.slug)}
                empty={<Empty title={view.q || view.unmapped ? "No tenant is like that." : "There are no tenants in your sight."} />}
              />
            </div>
            <Paging pageInfo={tenants.pageInfo} onGo={(place) => setView(place)} />
          </>
        )}
      </Shown>
    </>
  );
}
