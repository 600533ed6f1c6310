import "./overview.css";

import { Link } from "react-router";

import { paths } from "../../address/paths";
import { useAsk } from "../../api/useAsk";
import { number } from "../../format/plural";
import { HEALTH, TENANT_STATUSES } from "../../format/words";
import { Badge } from "../../parts/Badge";
import { Figure, FigureRow, Shares } from "../../parts/Figures";
import { Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { useTenant } from "../../shell/TenantGate";
import { OverTime } from "./OverTime";
import { OverviewDocument, type OverviewQuery } from "./generated/Overview";
import { Health } from "./Health";
import { LastCycle } from "./LastCycle";
import { SetUp } from "./SetUp";

export type Overview = NonNullable<OverviewQuery["tenant"]>;

/** How a tenant is: what needs somebody first, then the last cycle, figures over time, and who has what. */
export default function OverviewPage() {
  const here = useTenant();
  const asked = useAsk(OverviewDocument, { tenantId: here.id });
  return (
    <>
      <PageHead title="Overview" />
      <Shown of={asked} what="the overview">
        {({ tenant }) =>
          tenant && (
            <>
              <Figures tenant={tenant} />
              <Health reasons={tenant.connection.health.reasons} />
              {tenant.users.totalCount === 0 ? <SetUp tenant={tenant} /> : <Working tenant={tenant} />}
            </>
          )
        }
      </Shown>
    </>
  );
}

function Figures({ tenant }: { tenant: Overview }) {
  const { slug, status } = useTenant();
  const { word, tone } = status === "ACTIVE" ? HEALTH[tenant.connection.health.state] : TENANT_STATUSES[status];
  const unmapped = tenant.unmappedValues.totalCount;
  return (
    <FigureRow>
      <Figure name="Connection">
        <Badge tone={tone}>{word}</Badge>
      </Figure>
      <Figure name="Entra ID asked last">
        <Time at={tenant.connection.lastContactAt} as="ago" />
      </Figure>
      <Figure name="Enabled users">
        <Link to={paths.users(slug, { status: "ACTIVE" })}>{number(tenant.enabled.totalCount)}</Link>{" "}
        <span className="quiet">of {number(tenant.users.totalCount)}</span>
      </Figure>
      <Figure name="Values without a rule">{unmapped === 0 ? <span className="quiet">none</span> : number(unmapped)}</Figure>
    </FigureRow>
  );
}

function Working({ tenant }: { tenant: Overview }) {
  return (
    <div className="overview-columns">
      <div className="stack">
        <LastCycle cycle={tenant.insights.cycles[0]} />
        <OverTime />
      </div>
      <div className="stack">
        <Unmapped values={tenant.unmappedValues} />
        <Roles roles={tenant.insights.roleDistribution} />
      </div>
    </div>
  );
}

function Unmapped({ values: { nodes, totalCount } }: { values: Overview["unmappedValues"] }) {
  const { slug } = useTenant();
  return (
    <section className="card stack" aria-labelledby="unmapped">
      <h2 id="unmapped">Values without a rule</h2>
      {nodes.length === 0 ? (
        <p className="quiet">Every title and every part of userType has a rule.</p>
      ) : (
        <>
          <Shares
            label="Users by value without a rule"
            shares={nodes.map(({ id, value, kind, users }) => ({
              id,
              name: (
                <>
                  <strong>{value}</strong> <span className="quiet small">{kind === "ROLE" ? "title" : "userType"}</span>
                </>
              ),
              count: number(users),
              value: users,
            }))}
          />
          <p>
            <Link to={paths.mapping(slug)}>Map them</Link>
            {totalCount > nodes.length && <span className="quiet"> · {number(totalCount - nodes.length)} more values</span>}
          </p>
        </>
      )}
    </section>
  );
}

function Roles({ roles }: { roles: Overview["insights"]["roleDistribution"] }) {
  const { slug } = useTenant();
  return (
    <section className="card stack" aria-labelledby="roles">
      <h2 id="roles">Roles of enabled users</h2>
      <Shares
        label="Enabled users by role"
        shares={roles.map(({ value, label, count }) => ({
          id: value ?? "none",
          name:
            value === null ? (
              <span className="quiet">no role</span>
            ) : (
              <Link to={paths.users(slug, { role: value, status: "ACTIVE" })}>{label ?? value}</Link>
            ),
          count: number(count),
          value: count,
        }))}
      />
    </section>
  );
}
