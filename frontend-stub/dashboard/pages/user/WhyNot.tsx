import { useAsk } from "../../api/useAsk";
import { Choice } from "../../parts/Choice";
import { Shown } from "../../parts/states";
import { WhyNotDocument } from "./generated/User";
import type { User } from "./UserPage";

interface WhyNotProps {
  user: User;
  at: string | null;
  /** `role:ID` or `group:ID`. */
  not: string | null;
  onChange: (not: string) => void;
}

/** Why the person has not a certain role or employee group, and what would give it. */
export function WhyNot({ user, at, not, onChange }: WhyNotProps) {
  const named = (kind: string) => (each: { id: string; name: string }) => ({ id: `${kind}:${each.id}`, name: each.name });
  const sections = [
    { name: "Roles", options: (user.tenant?.roles ?? []).map(named("role")) },
    { name: "Employee groups", options: (user.tenant?.employeeGroups ?? []).map(named("group")) },
  ];
  return (
    <section aria-labelledby="why-not">
      <h2 id="why-not">Why not …</h2>
      <div className="card stack">
        <Choice label="Role or employee group" value={not} sections={sections} onChange={onChange} />
        {not !== null && <Explained userId={user.id} at={at} not={not} />}
      </div>
    </section>
  );
}

function Explained({ userId, at, not }: { userId: string; at: string | null; not: string }) {
  const kind = not.slice(0, not.indexOf(":"));
  const id = not.slice(kind.length + 1);
  const asked = useAsk(WhyNotDocument, { id: userId, at, role: kind === "role" ? id : null, group: kind === "group" ? id : null });
  return (
    <Shown of={asked} what="the reasons">
      {({ user }) => {
        const found = user?.whyNot;
        if (!found) return <p role="alert">There is no such role or group.</p>;
        if (found.granted) return <p role="status">The person has it.</p>;
        return (
          <div role="status" className="stack">
            <ul className="sentences">
              {found.blockers.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
            {found.wouldGrantIf.length > 0 && (
              <div>
                <p>It would be given by:</p>
                <ul className="sentences">
                  {found.wouldGrantIf.map((sentence) => (
                    <li key={sentence}>{sentence}</li>
                  ))}
                </ul>
              </div>
            )}
          </div>
        );
      }}
    </Shown>
  );
}
