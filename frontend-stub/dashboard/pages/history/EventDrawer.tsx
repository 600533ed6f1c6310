import "../../parts/card.css";

import { Link } from "react-aria-components";

import { paths } from "../../address/paths";
import { useAsk } from "../../api/useAsk";
import { EVENT_ACTIONS, EVENT_OUTCOMES } from "../../format/words";
import { AccessDelta } from "../../parts/AccessDelta";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Diff } from "../../parts/Diff";
import { Drawer } from "../../parts/Drawer";
import { Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { TraceLink } from "../../parts/TraceLink";
import { useTenant } from "../../shell/TenantGate";
import type { HappenedFragment } from "../trace/generated/Trace";
import { EventDocument } from "./generated/History";

interface EventDrawerProps {
  id: string | null;
  onClose: () => void;
  /** Asks for what is like the event in one way. */
  onNarrow: (part: { user: string } | { by: string } | { correlation: string }) => void;
}

/** One event: what changed, what it did to the access, who asked. */
export function EventDrawer({ id, onClose, onNarrow }: EventDrawerProps) {
  return (
    <Drawer title="What happened" isOpen={id !== null} onClose={onClose}>
      {id !== null && <Found id={id} onNarrow={onNarrow} />}
    </Drawer>
  );
}

function Found({ id, onNarrow }: Pick<EventDrawerProps, "onNarrow"> & { id: string }) {
  const asked = useAsk(EventDocument, { id });
  return (
    <Shown of={asked} what="the event">
      {({ node }) =>
        node && "changes" in node ? <Told event={node} onNarrow={onNarrow} /> : <p role="alert">There is no such event in your sight.</p>
      }
    </Shown>
  );
}

function Told({ event, onNarrow }: Pick<EventDrawerProps, "onNarrow"> & { event: HappenedFragment }) {
  const { slug } = useTenant();
  const { user, actor, correlationId, access } = event;
  return (
    <>
      <p className="row">
        {user ? <Link href={paths.user(slug, user.id)}>{event.resourceName ?? "somebody"}</Link> : <strong>{event.resourceName ?? "–"}</strong>}
        <span>{EVENT_ACTIONS[event.action]}</span>
        <Badge tone={EVENT_OUTCOMES[event.outcome].tone}>{EVENT_OUTCOMES[event.outcome].word}</Badge>
      </p>
      {event.reason && <p>{event.reason}</p>}
      {access && (
        <section>
          <h3>Access</h3>
          <AccessDelta access={access} />
        </section>
      )}
      <section>
        <h3>Changes</h3>
        {event.changes.length === 0 ? <p className="quiet">Nothing changed.</p> : <Diff changes={event.changes} all />}
      </section>
      <dl className="facts">
        <dt>When</dt>
        <dd>
          <Time at={event.occurredAt} as="exact" />
        </dd>
        <dt>By</dt>
        <dd>{actor.display}</dd>
        <dt>Answered</dt>
        <dd>{[event.httpStatus, event.errorCode].filter((each) => each !== null).join(", ") || "–"}</dd>
        <dt>Mapping version</dt>
        <dd>{event.mappingVersion ?? "–"}</dd>
        <dt>Trace</dt>
        <dd>
          <TraceLink requestId={event.requestId} />
        </dd>
        {correlationId && (
          <>
            <dt>Correlation id</dt>
            <dd className="mono">{correlationId}</dd>
          </>
        )}
      </dl>
      <p className="row">
        <span className="quiet">Show only</span>
        {user && (
          <Button small onPress={() => onNarrow({ user: user.id })}>
            This person
          </Button>
        )}
        {actor.id && (
          <Button small onPress={() => onNarrow({ by: actor.id ?? "" })}>
            By {actor.display}
          </Button>
        )}
        {correlationId && (
          <Button small onPress={() => onNarrow({ correlation: correlationId })}>
            This correlation id
          </Button>
        )}
      </p>
    </>
  );
}
