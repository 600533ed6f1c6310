import { number } from "../../format/plural";
import type { Plan } from "./PlanPage";

/** What a plan means for people, in numbers. */
export function Figures({ impact }: { impact: Plan["impact"] }) {
  return (
    <dl className="figures">
      <Figure name="people change" count={number(impact.usersChanged)} />
      <Figure name="get another role" count={number(impact.roleChanges)} />
      <Figure name="group memberships" count={`+${number(impact.groupAdds)} −${number(impact.groupRemoves)}`} />
      <Figure name="privileged roles" count={`+${number(impact.gainPrivileged)} −${number(impact.losePrivileged)}`} />
      <Figure name="become mapped" count={number(impact.becomeMapped)} />
      <Figure name="become unmapped" count={number(impact.becomeUnmapped)} />
    </dl>
  );
}

function Figure({ name, count }: { name: string; count: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{count}</dd>
    </div>
  );
}
