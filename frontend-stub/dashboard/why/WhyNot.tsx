import type { Address, Go } from "../address";
import { useQuery } from "../query";
import { Waiting } from "../Waiting";

const WHY_NOT = `query WhyNot($id: ID!, $role: ID, $group: ID, $at: DateTime) {
  user(by: {id: $id}) { whyNot(roleId: $role, groupId: $group, asOf: $at) { granted blockers wouldGrantIf } }
}`;

interface Found {
  user: { whyNot: { granted: boolean; blockers: string[]; wouldGrantIf: string[] } } | null;
}

interface Named {
  id: string;
  name: string;
}

interface WhyNotProps {
  apiKey: string;
  userId: string;
  address: Address;
  go: Go;
  roles: Named[];
  groups: Named[];
}

/** Why the person has not a certain role or employee group, and what would give it. */
export function WhyNot({ roles, groups, go, address, ...rest }: WhyNotProps) {
  return (
    <>
      <h2>Why not …</h2>
      <label htmlFor="not">Role or employee group</label>{" "}
      <select id="not" value={address.not ?? ""} onChange={(event) => go({ not: event.target.value || null })}>
        <option value="">choose</option>
        <optgroup label="Roles">
          {roles.map((role) => (
            <option key={role.id} value={`role:${role.id}`}>
              {role.name}
            </option>
          ))}
        </optgroup>
        <optgroup label="Employee groups">
          {groups.map((group) => (
            <option key={group.id} value={`group:${group.id}`}>
              {group.name}
            </option>
          ))}
        </optgroup>
      </select>
      {address.not && <Explained {...rest} at={address.at} not={address.not} />}
    </>
  );
}

function Explained({ apiKey, userId, at, not }: { apiKey: string; userId: string; at: string | null; not: string }) {
  const [kind, id] = not.split(":");
  const answer = useQuery<Found>(apiKey, WHY_NOT, { id: userId, at, [kind === "role" ? "role" : "group"]: id });
  if (answer.state !== "answered") return <Waiting answer={answer} />;
  const found = answer.data.user?.whyNot;
  if (!found) return <p role="alert">There is no such role or group.</p>;
  if (found.granted) return <p role="status">The person has it.</p>;
  return (
    <div role="status">
      <ul>
        {found.blockers.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      {found.wouldGrantIf.length > 0 && <p>It would be given by:</p>}
      <ul>
        {found.wouldGrantIf.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}
