import { Link } from "react-router";

import { paths } from "../../address/paths";
import { oneOf, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { around } from "../../format/cycles";
import { number } from "../../format/plural";
import type { TimeRange } from "../../generated/schema";
import { Choice } from "../../parts/Choice";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Empty, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { RequestChart } from "../../requests/RequestChart";
import { useMay, useTenant } from "../../shell/TenantGate";
import { CyclesDocument, type CyclesQuery } from "./generated/Connection";

type Cycle = NonNullable<CyclesQuery["tenant"]>["insights"]["cycles"][number];

const RANGES: { id: TimeRange; name: string }[] = [
  { id: "DAY", name: "Last 24 hours" },
  { id: "WEEK", name: "Last 7 days" },
  { id: "MONTH", name: "Last 30 days" },
];
const VIEW = {
  range: oneOf(
    RANGES.map(({ id }) => id),
    "DAY",
  ),
};

/** What Entra ID did, cycle by cycle; the chart leads to the requests, every row to what happened then. */
export function Cycles() {
  const { id, slug } = useTenant();
  const [{ range }, setView] = useView(VIEW);
  const asked = useAsk(CyclesDocument, { tenantId: id, range });
  const mayReadRaw = useMay("READ_RAW_REQUESTS");
  const those = (cycle: Cycle, count: number, status: readonly string[] = []) =>
    mayReadRaw ? <Link to={paths.requests(slug, { ...around(cycle), status })}>{number(count)}</Link> : number(count);
  const columns: ColumnOf<Cycle>[] = [
    {
      id: "when",
      name: "Began",
      isHeader: true,
      cell: (cycle) => (
        <Link className="nowrap" to={paths.history(slug, around(cycle))}>
          <Time at={cycle.startedAt} />
        </Link>
      ),
    },
    { id: "took", name: "Took", align: "end", cell: ({ startedAt, endedAt }) => <span className="nowrap">{lasted(startedAt, endedAt)}</span> },
    {
      id: "requests",
      name: "Requests",
      align: "end",
      cell: (cycle) => those(cycle, cycle.requests),
    },
    { id: "reads", name: "Asked only", align: "end", wideOnly: true, cell: (cycle) => number(cycle.reads) },
    { id: "creates", name: "Creates", align: "end", cell: (cycle) => number(cycle.creates) },
    { id: "changes", name: "Changes", align: "end", cell: (cycle) => number(cycle.changes) },
    { id: "deletes", name: "Deletes", align: "end", cell: (cycle) => number(cycle.deletes) },
    {
      id: "errors",
      name: "Refused",
      align: "end",
      cell: (cycle) =>
        cycle.refused + cycle.failed === 0 ? <span className="quiet">0</span> : those(cycle, cycle.refused + cycle.failed, ["4", "5"]),
    },
  ];
  return (
    <section className="stack" aria-labelledby="cycles">
      <div className="row spread">
        <h2 id="cycles">Cycles</h2>
        <Choice label="How far back" hideLabel value={range} options={RANGES} onChange={(chosen) => setView({ range: chosen as TimeRange })} />
      </div>
      <p className="quiet">Entra ID does not say where a cycle begins: here one begins after ten minutes of silence.</p>
      <Shown of={asked} what="cycles">
        {({ tenant }) =>
          tenant && (
            <>
              <RequestChart points={tenant.insights.requests} bucketSeconds={tenant.insights.bucketSeconds} />
              <div className="card flush">
                <DataTable
                  label="Cycles"
                  columns={columns}
                  rows={tenant.insights.cycles}
                  keyOf={(cycle) => cycle.startedAt}
                  empty={<Empty title="Entra ID has asked for nothing in that time." />}
                />
              </div>
            </>
          )
        }
      </Shown>
    </section>
  );
}

const SECOND = 1_000;
const MINUTE = 60;

/** `under a second`, `40 s`, `12 min`. */
function lasted(from: string, to: string): string {
  const seconds = Math.round((new Date(to).getTime() - new Date(from).getTime()) / SECOND);
  if (seconds < 1) return "under 1 s";
  return seconds < 2 * MINUTE ? `${seconds} s` : `${Math.round(seconds / MINUTE)} min`;
}
