import { useAsk } from "../../api/useAsk";
import { shown } from "../../format/json";
import { Time } from "../../parts/Time";
import { ages } from "./ages";
import { UserTimelineDocument } from "./generated/User";
import type { User } from "./UserPage";

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:";

/** What people call it, its path in SCIM, its value. */
const ATTRIBUTES: [string, string, (user: User) => unknown][] = [
  ["title", "title", (user) => user.title],
  ["userType", "userType", (user) => user.userType],
  ["userName", "userName", (user) => user.userName],
  ["displayName", "displayName", (user) => user.displayName],
  ["First name", "name.givenName", (user) => user.givenName],
  ["Last name", "name.familyName", (user) => user.familyName],
  ["active", "active", (user) => user.active],
  ["Work e-mail", 'emails[type eq "work"].value', (user) => user.workEmail],
  ["Work phone", 'phoneNumbers[type eq "work"].value', (user) => user.workPhone],
  ["Mobile phone", 'phoneNumbers[type eq "mobile"].value', (user) => user.mobilePhone],
  ["department", `${ENTERPRISE}department`, (user) => user.department],
  ["externalId", "externalId", (user) => user.externalId],
];

/** What Entra ID sent, each with its age. */
export function Attributes({ user }: { user: User }) {
  const { data } = useAsk(UserTimelineDocument, { id: user.id, after: null });
  const since = ages(data?.user?.timeline.nodes ?? []);
  return (
    <section className="card" aria-labelledby="attributes">
      <h2 id="attributes">Attributes</h2>
      <dl className="facts">
        {ATTRIBUTES.map(([name, path, read]) => (
          <Fact key={path} name={name} path={path} value={read(user)} since={since.get(path)} />
        ))}
        <dt>SCIM id</dt>
        <dd className="mono">{user.scimId}</dd>
        <dt>Provisioned first</dt>
        <dd>
          <Time at={user.createdAt} />
        </dd>
        <dt>Changed last</dt>
        <dd>
          <Time at={user.updatedAt} />
        </dd>
      </dl>
    </section>
  );
}

function Fact({ name, path, value, since }: { name: string; path: string; value: unknown; since: string | undefined }) {
  return (
    <>
      <dt title={path}>{name}</dt>
      <dd>
        {shown(value)}{" "}
        {since !== undefined && (
          <span className="quiet small">
            <Time at={since} as="ago" />
          </span>
        )}
      </dd>
    </>
  );
}
