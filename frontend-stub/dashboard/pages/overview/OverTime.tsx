import { Link } from "react-router";

import { paths } from "../../address/paths";
import { oneOf, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { plural } from "../../format/plural";
import type { TimeRange } from "../../generated/schema";
import { Badge } from "../../parts/Badge";
import { Chart } from "../../parts/Chart";
import { Choice } from "../../parts/Choice";
import { Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { RequestChart } from "../../requests/RequestChart";
import { useMay, useTenant } from "../../shell/TenantGate";
import { InsightsDocument, type InsightsQuery } from "./generated/Overview";

type Figures = NonNullable<InsightsQuery["tenant"]>["insights"];

const RANGES: { id: TimeRange; name: string }[] = [
  { id: "HOUR", name: "Last hour" },
  { id: "DAY", name: "Last 24 hours" },
  { id: "WEEK", name: "Last 7 days" },
  { id: "MONTH", name: "Last 30 days" },
  { id: "QUARTER", name: "Last 90 days" },
];
const VIEW = {
  range: oneOf(
    RANGES.map(({ id }) => id),
    "DAY",
  ),
};

/** Requests, refusals, waiting times and people over time; each figure leads to what is behind it. */
export function OverTime() {
  const tenant = useTenant();
  const [{ range }, setView] = useView(VIEW);
  const asked = useAsk(InsightsDocument, { tenantId: tenant.id, range });
  return (
    <section className="stack" aria-labelledby="over-time">
      <div className="row spread">
        <h2 id="over-time">Over time</h2>
        <Choice label="How far back" hideLabel value={range} options={RANGES} onChange={(id) => setView({ range: id as TimeRange })} />
      </div>
      <Shown of={asked} what="figures">
        {({ tenant: found }) =>
          found && (
            <>
              <RequestChart points={found.insights.requests} bucketSeconds={found.insights.bucketSeconds} />
              <Since since={found.insights.since} counted={found.insights.requestsSince} />
              <Errors errors={found.insights.topErrors} />
              <Chart title="Time to an answer" points={found.insights.latency} as="lines" unit="ms" />
              <Chart title="Users whose access is in force" points={found.insights.activeUsers} as="lines" unit="users" />
            </>
          )
        }
      </Shown>
    </section>
  );
}

function Since({ since, counted }: { since: string; counted: string }) {
  if (counted <= since) return null;
  return (
    <p className="quiet small">
      There are so many requests that only those since <Time at={counted} as="exact" /> are counted.
    </p>
  );
}

function Errors({ errors }: { errors: Figures["topErrors"] }) {
  const { slug } = useTenant();
  const mayFollow = useMay("READ_RAW_REQUESTS");
  return (
    <section className="card flush" aria-labelledby="errors">
      <h3 id="errors" className="list-head">
        Commonest errors
      </h3>
      {errors.length === 0 && <p className="quiet list-item">Nothing was refused.</p>}
      <ul className="plain-list">
        {errors.map((error) => (
          <li key={`${error.status} ${error.scimType} ${error.operation}`} className="list-item">
            <div className="row spread">
              <p className="row">
                <Badge tone={error.status < 500 ? "warn" : "bad"}>{`${error.status}${error.scimType ? ` ${error.scimType}` : ""}`}</Badge>
                <strong>{error.operation.toLowerCase().replaceAll("_", " ")}</strong>
              </p>
              <p className="quiet small">
                {mayFollow ? (
                  <Link
                    to={paths.requests(slug, {
                      from: error.firstSeenAt,
                      to: error.lastSeenAt,
                      status: [String(Math.trunc(error.status / 100))],
                      operation: error.operation,
                      type: error.scimType,
                    })}
                  >
                    {plural(error.count, "request")}
                  </Link>
                ) : (
                  plural(error.count, "request")
                )}
                {error.users > 0 && `, ${plural(error.users, "person or group", "people or groups")}`}, last <Time at={error.lastSeenAt} as="ago" />
              </p>
            </div>
            {error.explanation && (
              <>
                <p>{error.explanation.meaning}</p>
                <p className="quiet small">{error.explanation.remedy}</p>
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
