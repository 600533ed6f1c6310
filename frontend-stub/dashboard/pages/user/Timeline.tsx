import { useState } from "react";

import { useAsk } from "../../api/useAsk";
import { EVENT_ACTIONS, EVENT_OUTCOMES } from "../../format/words";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Diff } from "../../parts/Diff";
import { Empty, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { UserTimelineDocument, type UserTimelineQuery } from "./generated/User";

type Event = NonNullable<UserTimelineQuery["user"]>["timeline"]["nodes"][number];

/** What happened to the person, newest first, property by property. */
export function Timeline({ userId }: { userId: string }) {
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      <div className="card flush">
        <Part userId={userId} after={null} />
      </div>
    </section>
  );
}

/** One page of it, and on request the next below. */
function Part({ userId, after }: { userId: string; after: string | null }) {
  const asked = useAsk(UserTimelineDocument, { id: userId, after });
  const [more, setMore] = useState(false);
  return (
    <Shown of={asked} what="the timeline">
      {({ user }) => {
        const { nodes = [], pageInfo } = user?.timeline ?? {};
        if (nodes.length === 0 && after === null) return <Empty title="Nothing is on record." />;
        return (
          <div>
            <ol className="timeline">
              {nodes.map((event) => (
                <Happened key={event.id} event={event} />
              ))}
            </ol>
            {pageInfo?.hasNextPage &&
              (more ? (
                <Part userId={userId} after={pageInfo.endCursor} />
              ) : (
                <div className="reason">
                  <Button small onPress={() => setMore(true)}>
                    Show what was before
                  </Button>
                </div>
              ))}
          </div>
        );
      }}
    </Shown>
  );
}

function Happened({ event }: { event: Event }) {
  return (
    <li>
      <p className="row">
        <strong>{EVENT_ACTIONS[event.action]}</strong>
        <Badge tone={EVENT_OUTCOMES[event.outcome].tone}>{EVENT_OUTCOMES[event.outcome].word}</Badge>
        <span className="quiet">
          by {event.actor.display}, <Time at={event.occurredAt} />
        </span>
      </p>
      {event.reason && <p>{event.reason}</p>}
      <Diff changes={event.changes} />
      <p className="quiet small">Request {event.requestId}</p>
    </li>
  );
}
