import "./user.css";

import { Link, useParams } from "react-router";

import { paths } from "../../address/paths";
import { moment, optional, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { USER_STATUSES } from "../../format/words";
import { Badge } from "../../parts/Badge";
import { CopyButton } from "../../parts/CopyButton";
import { Missing, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { useMay, useTenant } from "../../shell/TenantGate";
import { AsOf } from "./AsOf";
import { Attributes } from "./Attributes";
import { Because, GroupReasons, RoleReason } from "./Decisions";
import { UserDocument, type UserQuery } from "./generated/User";
import { Override } from "./Override";
import { Timeline } from "./Timeline";
import { WhyNot } from "./WhyNot";

export type User = NonNullable<UserQuery["user"]>;

const VIEW = { at: moment(), not: optional() };

/** One person: what access there is at a moment, the reason first, then each decision, and what happened. */
export default function UserPage() {
  const { id = "" } = useParams();
  const [view, setView] = useView(VIEW);
  const asked = useAsk(UserDocument, { id, at: view.at });
  const { slug } = useTenant();
  const mayReadRaw = useMay("READ_RAW_REQUESTS");
  const mayOverride = useMay("EDIT_MAPPING");

  return (
    <Shown of={asked} what="the person" head="User">
      {({ user }) =>
        user === null ? (
          <Missing title="There is no such person in your sight." />
        ) : (
          <>
            <PageHead title={user.displayName ?? user.userName}>
              <AsOf at={view.at} onChange={(at) => setView({ at })} />
            </PageHead>
            <p className="row quiet">
              <span className="long">{user.userName}</span>
              <Badge tone={USER_STATUSES[user.status].tone}>{USER_STATUSES[user.status].word}</Badge>
              {view.at !== null && (
                <Badge tone="info">
                  as of <Time at={view.at} as="exact" />
                </Badge>
              )}
              <Link to={paths.history(slug, { user: user.id })}>All events</Link>
              {mayReadRaw && <Link to={paths.requests(slug, { subject: user.scimId })}>Requests</Link>}
            </p>
            <div className="summary">
              <p>{user.access.summary}</p>
              <Because access={user.access} />
            </div>
            <div className="user-columns">
              <div className="stack">
                <section aria-labelledby="role">
                  <h2 id="role">Role</h2>
                  <RoleReason decision={user.access.role} />
                </section>
                <section aria-labelledby="groups">
                  <h2 id="groups">Employee groups</h2>
                  <GroupReasons decisions={user.access.groups} userType={user.userType} />
                </section>
                <WhyNot user={user} at={view.at} not={view.not} onChange={(not) => setView({ not })} />
                <Timeline userId={user.id} />
              </div>
              <div className="stack">
                <Override user={user} mayChange={mayOverride && view.at === null} onChanged={asked.again} />
                <Attributes user={user} at={view.at} />
                <section className="card stack" aria-labelledby="pass-on">
                  <div className="row spread">
                    <h2 id="pass-on">To pass on</h2>
                    <CopyButton text={user.access.shareText} />
                  </div>
                  <pre className="small">{user.access.shareText}</pre>
                </section>
              </div>
            </div>
          </>
        )
      }
    </Shown>
  );
}
