import { Link } from "react-router";

import { paths } from "../../address/paths";
import { optional, flag, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import type { AffectedWhere } from "../../generated/schema";
import { BeforeAfter } from "../../mapping/RuleChanges";
import { Badge } from "../../parts/Badge";
import { Choice } from "../../parts/Choice";
import { type ColumnOf, DataTable } from "../../parts/DataTable";
import { Paging, pageOf, START } from "../../parts/Paging";
import { Empty, Shown } from "../../parts/states";
import { Toggle } from "../../parts/Toggle";
import { useTenant } from "../../shell/TenantGate";
import { AffectedDocument, type AffectedQuery } from "./generated/Plan";
import type { Plan } from "./PlanPage";

type Person = NonNullable<AffectedQuery["mappingPlan"]>["affectedUsers"]["nodes"][number];

const VIEW = {
  gains: flag(),
  loses: flag(),
  unmapped: flag(),
  mapped: flag(),
  from: optional(),
  to: optional(),
  after: optional(),
  before: optional(),
};
const PAGE_SIZE = 25;
const ANY = "";

/** Everybody whom a plan touches, before and after. */
export function Affected({ plan }: { plan: Plan }) {
  const { slug } = useTenant();
  const [view, setView] = useView(VIEW);
  const where: AffectedWhere = {
    ...(view.gains ? { gainsPrivileged: true } : {}),
    ...(view.loses ? { losesPrivileged: true } : {}),
    ...(view.unmapped ? { becomesUnmapped: true } : {}),
    ...(view.mapped ? { becomesMapped: true } : {}),
    ...(view.from === null ? {} : { roleBeforeId: view.from }),
    ...(view.to === null ? {} : { roleAfterId: view.to }),
  };
  const asked = useAsk(AffectedDocument, { id: plan.id, where, ...pageOf(view, PAGE_SIZE) });
  const roles = [{ id: ANY, name: "any role" }, ...(plan.tenant?.roles ?? [])];
  const { gainPrivileged, losePrivileged, becomeUnmapped, becomeMapped } = plan.impact;

  return (
    <section className="stack" aria-labelledby="people">
      <h2 id="people">Who changes</h2>
      {plan.impact.usersChanged > 0 && (
        <div className="row">
          <Choice label="From" value={view.from ?? ANY} options={roles} onChange={(from) => setView({ from: from || null, ...START })} />
          <Choice label="To" value={view.to ?? ANY} options={roles} onChange={(to) => setView({ to: to || null, ...START })} />
          {gainPrivileged > 0 && (
            <Toggle isSelected={view.gains} onChange={(gains) => setView({ gains, ...START })}>
              Gain a privileged role
            </Toggle>
          )}
          {losePrivileged > 0 && (
            <Toggle isSelected={view.loses} onChange={(loses) => setView({ loses, ...START })}>
              Lose a privileged role
            </Toggle>
          )}
          {becomeMapped > 0 && (
            <Toggle isSelected={view.mapped} onChange={(mapped) => setView({ mapped, ...START })}>
              Become mapped
            </Toggle>
          )}
          {becomeUnmapped > 0 && (
            <Toggle isSelected={view.unmapped} onChange={(unmapped) => setView({ unmapped, ...START })}>
              Become unmapped
            </Toggle>
          )}
        </div>
      )}
      <Shown of={asked} what="the people">
        {({ mappingPlan }) =>
          mappingPlan && (
            <>
              <div className="card flush">
                <DataTable
                  label="Who changes"
                  columns={columnsFor(slug)}
                  rows={mappingPlan.affectedUsers.nodes.map((person, index) => ({ ...person, key: person.user?.id ?? `forgotten ${index}` }))}
                  keyOf={(person) => person.key}
                  empty={<Empty title={Object.keys(where).length > 0 ? "Nobody is like that." : "Nobody gets another role or other groups."} />}
                />
              </div>
              <Paging pageInfo={mappingPlan.affectedUsers.pageInfo} onGo={(place) => setView(place)} />
            </>
          )
        }
      </Shown>
    </section>
  );
}

const columnsFor = (slug: string): ColumnOf<Person & { key: string }>[] => [
  {
    id: "person",
    name: "Person",
    isHeader: true,
    cell: ({ user }) =>
      user ? (
        <span className="named">
          <Link to={paths.user(slug, user.id)}>{user.displayName ?? user.userName}</Link>
        </span>
      ) : (
        <span className="quiet">forgotten</span>
      ),
  },
  { id: "title", name: "Title", cell: ({ user }) => user?.title ?? <span className="quiet">–</span> },
  { id: "userType", name: "userType", wideOnly: true, cell: ({ user }) => user?.userType ?? <span className="quiet">–</span> },
  {
    id: "role",
    name: "Role",
    cell: ({ roleBefore, roleAfter }) => (
      <BeforeAfter before={roleBefore?.name ?? (roleAfter ? "none" : null)} after={roleAfter?.name ?? (roleBefore ? "none" : null)} />
    ),
  },
  {
    id: "groups",
    name: "Employee groups",
    cell: ({ groupsAdded, groupsRemoved }) =>
      groupsAdded.length + groupsRemoved.length === 0 ? (
        <span className="quiet">as before</span>
      ) : (
        <span className="before-after">
          {groupsAdded.map(({ id, name }) => (
            <span key={id}>
              + <ins>{name}</ins>{" "}
            </span>
          ))}
          {groupsRemoved.map(({ id, name }) => (
            <span key={id}>
              − <del>{name}</del>{" "}
            </span>
          ))}
        </span>
      ),
  },
  {
    id: "notes",
    name: "Notes",
    cell: (person) => (
      <span className="row">
        {person.gainsPrivileged && <Badge tone="warn">gains privilege</Badge>}
        {person.losesPrivileged && <Badge tone="info">loses privilege</Badge>}
        {person.becomesUnmapped && <Badge tone="warn">unmapped</Badge>}
        {person.becomesMapped && <Badge tone="good">mapped</Badge>}
      </span>
    ),
  },
];
