import { useAsk } from "../../api/useAsk";
import { shown } from "../../format/json";
import { isNothing } from "../../parts/changes";
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

/**
 * What Entra ID sent, each with its age.
 * @param at the moment that the page is asked about: the attributes are those of now.
 */
export function Attributes({ user, at }: { user: User; at: string | null }) {
  const { data } = useAsk(UserTimelineDocument, { id: user.id, after: null });
  const { nodes: events = [], pageInfo } = data?.user?.timeline ?? {};
  const since = ages(events);
  const oldest = pageInfo?.hasNextPage ? events.at(-1)?.occurredAt : undefined;
  return (
    <section className="card" aria-labelledby="attributes">
      <h2 id="attributes">Attributes{at !== null && <span className="quiet"> as they are now</span>}</h2>
      <dl className="facts">
        {ATTRIBUTES.map(([name, path, read]) => (
          <Fact key={path} name={name} path={path} value={read(user)} since={since.get(path)} oldest={oldest} />
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
        <dt>Written last</dt>
        <dd>
          <Time at={user.lastProvisionedAt} never="not on record" />
        </dd>
      </dl>
    </section>
  );
}

interface FactProps {
  name: string;
  path: string;
  value: unknown;
  /** When it came to be what it is. */
  since: string | undefined;
  /** How far back is known, if that is not the beginning. */
  oldest: string | undefined;
}

function Fact({ name, path, value, since, oldest }: FactProps) {
  const isThere = !isNothing(value);
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
        {since === undefined && oldest !== undefined && isThere && (
          <span className="quiet small">
            before <Time at={oldest} />
          </span>
        )}
      </dd>
    </>
  );
}
