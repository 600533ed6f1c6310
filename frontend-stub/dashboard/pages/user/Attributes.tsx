import { useAsk } from "../../api/useAsk";
import { shown } from "../../format/json";
import { Time } from "../../parts/Time";
import { ages } from "./ages";
import { UserTimelineDocument } from "./generated/User";
import type { User } from "./UserPage";

const ATTRIBUTES: [string, (user: User) => unknown][] = [
  ["userName", (user) => user.userName],
  ["displayName", (user) => user.displayName],
  ["name.givenName", (user) => user.givenName],
  ["name.familyName", (user) => user.familyName],
  ["title", (user) => user.title],
  ["userType", (user) => user.userType],
  ["active", (user) => user.active],
  ['emails[type eq "work"].value', (user) => user.workEmail],
  ['phoneNumbers[type eq "work"].value', (user) => user.workPhone],
  ['phoneNumbers[type eq "mobile"].value', (user) => user.mobilePhone],
  ["department", (user) => user.department],
  ["externalId", (user) => user.externalId],
];

/** What Entra ID sent, each with its age. */
export function Attributes({ user }: { user: User }) {
  const { data } = useAsk(UserTimelineDocument, { id: user.id, after: null });
  const since = ages(data?.user?.timeline.nodes ?? []);
  return (
    <section className="card" aria-labelledby="attributes">
      <h2 id="attributes">Attributes</h2>
      <dl className="facts">
        {ATTRIBUTES.map(([path, read]) => (
          <Fact key={path} path={path} value={read(user)} since={since.get(path)} />
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

function Fact({ path, value, since }: { path: string; value: unknown; since: string | undefined }) {
  return (
    <>
      <dt>{path}</dt>
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
