import type { Address, Go } from "../address";
import { useQuery } from "../query";
import { Waiting } from "../Waiting";
import { AsOf } from "./AsOf";
import { Reason, type Decision } from "./Reason";
import { WhyNot } from "./WhyNot";

const PERSON = `query Person($id: ID!, $at: DateTime) {
  user(by: {id: $id}) {
    displayName userName title userType
    tenant { name roles { id name } employeeGroups { id name } }
    access(asOf: $at) {
      summary shareText
      role { sentence outcome inputAttribute inputValue role { name } assertedBy { ...event } decidedBy { ...event } }
      groups { sentence outcome inputAttribute inputValue: segment groups { name } assertedBy { ...event } decidedBy { ...event } }
      override { reason expiresAt setBy { display } }
    }
  }
}
fragment event on ProvisioningEvent { occurredAt action requestId actor { display } }`;

interface Named {
  id: string;
  name: string;
}

interface Found {
  user: {
    displayName: string | null;
    userName: string;
    title: string | null;
    userType: string | null;
    tenant: { name: string; roles: Named[]; employeeGroups: Named[] } | null;
    access: {
      summary: string;
      shareText: string;
      role: Decision & { role: { name: string } | null };
      groups: (Decision & { groups: { name: string }[] })[];
      override: { reason: string; expiresAt: string; setBy: { display: string } } | null;
    };
  } | null;
}

interface PersonPageProps {
  apiKey: string;
  address: Address;
  userId: string;
  go: Go;
}

/** One person: what access there is at a moment, the reason first, then each decision, and why not something else. */
export function PersonPage({ apiKey, address, userId, go }: PersonPageProps) {
  const answer = useQuery<Found>(apiKey, PERSON, { id: userId, at: address.at });
  const back = (
    <button type="button" className="link" onClick={() => go({ user: null, at: null, not: null })}>
      ← Search
    </button>
  );
  if (answer.state !== "answered") return <>{back}<Waiting answer={answer} /></>;
  const user = answer.data.user;
  if (user === null) return <>{back}<p role="alert">There is no such person in your sight.</p></>;
  const { access, tenant } = user;
  return (
    <>
      {back}
      <h1>{user.displayName ?? user.userName}</h1>
      <p className="quiet">
        {user.userName}
        {tenant && `, ${tenant.name}`}
      </p>
      <AsOf at={address.at} onChange={(at) => go({ at })} />
      <p className="summary">{access.summary}</p>
      {access.override && (
        <p className="note">
          Exception by {access.override.setBy.display} until {moment(access.override.expiresAt)}: {access.override.reason}
        </p>
      )}
      <h2>Role</h2>
      <Reason decision={access.role} result={access.role.role?.name ?? "no role"} />
      <h2>Employee groups</h2>
      {access.groups.length === 0 && <p className="quiet">No userType, so no employee groups.</p>}
      {access.groups.map((group, index) => (
        <Reason key={index} decision={group} result={group.groups.map((each) => each.name).join(", ") || "no group"} />
      ))}
      {tenant && (
        <WhyNot apiKey={apiKey} userId={userId} address={address} go={go} roles={tenant.roles} groups={tenant.employeeGroups} />
      )}
      <h2>To pass on</h2>
      <pre>{access.shareText}</pre>
    </>
  );
}

/** A time as people here write it. */
export function moment(text: string): string {
  return new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
