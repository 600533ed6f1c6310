import "./versions.css";

import { useState } from "react";
import { Link } from "react-router";

import { paths } from "../../address/paths";
import { optional, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { plural } from "../../format/plural";
import { MAPPING_SOURCES } from "../../format/words";
import { namesOf } from "../../mapping/names";
import { OpenPlans } from "../../mapping/OpenPlans";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Paging, pageOf } from "../../parts/Paging";
import { Empty, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { useMay, useTenant } from "../../shell/TenantGate";
import { Compare } from "./Compare";
import { Download } from "./Download";
import { VersionsDocument, type VersionsQuery } from "./generated/Versions";
import { Restore } from "./Restore";

type Version = NonNullable<VersionsQuery["tenant"]>["mappingVersions"]["nodes"][number];

const VIEW = { from: optional(), to: optional(), after: optional(), before: optional() };
const PAGE_SIZE = 25;

/** Every mapping that there was: what each changed, for whom, by whom; compare, download, go back. */
export default function VersionsPage() {
  const tenant = useTenant();
  const mayEdit = useMay("EDIT_MAPPING");
  const [view, setView] = useView(VIEW);
  const [restoring, setRestoring] = useState<number | null>(null);
  const asked = useAsk(VersionsDocument, { tenantId: tenant.id, ...pageOf(view, PAGE_SIZE) });
  const inForce = asked.data?.tenant?.mapping?.version ?? 0;
  const to = numberOf(view.to);
  const from = numberOf(view.from) ?? (to === null ? null : to - 1);

  const columns: ColumnOf<Version>[] = [
    {
      id: "number",
      name: "Version",
      isHeader: true,
      cell: ({ number }) => (
        <span className="nowrap">
          <strong>{number}</strong> {number === inForce && <Badge tone="good">in force</Badge>}
        </span>
      ),
    },
    {
      id: "what",
      name: "What for",
      cell: ({ message, source, rollbackOf }) => (
        <>
          {message ?? <span className="quiet">–</span>}
          <p className="quiet small">{rollbackOf === null ? MAPPING_SOURCES[source] : `brought back version ${rollbackOf}`}</p>
        </>
      ),
    },
    {
      id: "when",
      name: "Since",
      cell: ({ createdAt, createdBy }) => (
        <>
          <Time at={createdAt} />
          <p className="quiet small">{createdBy.display}</p>
        </>
      ),
    },
    { id: "people", name: "Reached", cell: ({ impact }) => <span className="nowrap">{plural(impact.usersChanged, "person", "people")}</span> },
    {
      id: "acts",
      name: "See",
      cell: ({ number }) => (
        <span className="row">
          {number > 1 && (
            <Button small onPress={() => setView({ to: String(number), from: null })} aria-label={`Changes of version ${number}`}>
              Changes
            </Button>
          )}
          <Download version={number} />
          {mayEdit && number !== inForce && (
            <Button small onPress={() => setRestoring(number)} aria-label={`Restore version ${number}`}>
              Restore
            </Button>
          )}
        </span>
      ),
    },
  ];

  return (
    <>
      <PageHead title="Versions of the mapping">
        <Link to={paths.mapping(tenant.slug)}>Mapping</Link>
      </PageHead>
      <OpenPlans />
      <Shown of={asked} what="versions">
        {({ tenant: found }) =>
          found && (
            <>
              {restoring !== null && <Restore key={restoring} version={restoring} onCancel={() => setRestoring(null)} />}
              {to !== null && from !== null && (
                <Compare
                  from={from}
                  to={to}
                  latest={inForce}
                  names={namesOf(found.roles, found.employeeGroups)}
                  onChange={(chosen) => setView({ from: String(chosen.from), to: String(chosen.to) })}
                  onClose={() => setView({ from: null, to: null })}
                />
              )}
              <div className="card flush">
                <DataTable
                  label="Versions"
                  columns={columns}
                  rows={found.mappingVersions.nodes}
                  keyOf={(version) => version.id}
                  empty={<Empty title="There is no version yet." />}
                />
              </div>
              <Paging pageInfo={found.mappingVersions.pageInfo} onGo={(place) => setView(place)} />
            </>
          )
        }
      </Shown>
    </>
  );
}

/** A version's number as the address has it; null for whatever is none. */
function numberOf(text: string | null): number | null {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : null;
}
