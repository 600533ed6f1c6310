import "../../parts/card.css";
import "./trace.css";

import type { ReactNode } from "react";
import { Link } from "react-router";

import { paths } from "../../address/paths";
import { useAsk } from "../../api/useAsk";
import { AUDIT_OUTCOMES, EVENT_ACTIONS, EVENT_OUTCOMES } from "../../format/words";
import { AccessDelta } from "../../parts/AccessDelta";
import { Badge } from "../../parts/Badge";
import { CopyButton } from "../../parts/CopyButton";
import { Diff } from "../../parts/Diff";
import { Missing, Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { PageHead } from "../../shell/PageHead";
import { Asked } from "./Asked";
import { type AskedRequestFragment, type HappenedFragment, TraceDocument, TracePartsDocument, type TraceQuery } from "./generated/Trace";

type Found = NonNullable<TraceQuery["trace"]>;
type Entry = Found["auditEntries"]["nodes"][number];

const DECIDED = ["role", "employeeGroups"]; // told under "Access"

/**
 * One request from end to end: what was asked, what it changed, the access before and after, and the audit trail.
 * @param mayReadRaw whether the viewer may see what clients sent.
 */
export function Trace({ requestId, mayReadRaw }: { requestId: string; mayReadRaw: boolean }) {
  const asked = useAsk(TraceDocument, { requestId });
  return (
    <Shown of={asked} what="the trace" head="Trace of a request">
      {({ trace }) =>
        trace === null ? <Missing title="Nothing in your sight goes by this request id." /> : <Steps trace={trace} mayReadRaw={mayReadRaw} />
      }
    </Shown>
  );
}

function Steps({ trace, mayReadRaw }: { trace: Found; mayReadRaw: boolean }) {
  const { request, events, auditEntries } = trace;
  const told = events.nodes.filter(({ access }) => access !== null);
  return (
    <>
      <PageHead title="Trace of a request" />
      <p className="row">
        <code>{trace.requestId}</code>
        <CopyButton text={trace.requestId} />
      </p>
      <ol className="steps">
        <Step name="Asked">{request === null ? <NotSeen mayReadRaw={mayReadRaw} /> : <Request request={request} />}</Step>
        <Step name="Changed">
          <Changed events={events.nodes} isCut={events.pageInfo.hasNextPage} />
        </Step>
        <Step name="Access">
          {told.length === 0 ? (
            <p className="quiet">Nobody's access changed.</p>
          ) : (
            <ul className="card flush happenings">
              {told.map((event) => (
                <li key={event.id}>
                  <Whom event={event} />
                  {event.access && <AccessDelta access={event.access} />}
                  {event.mappingVersion !== null && <p className="quiet small">By mapping version {event.mappingVersion}</p>}
                </li>
              ))}
            </ul>
          )}
        </Step>
        <Step name="Audit trail">
          <OnFile entries={auditEntries.nodes} />
        </Step>
      </ol>
    </>
  );
}

function Step({ name, children }: { name: string; children: ReactNode }) {
  return (
    <li>
      <h2>{name}</h2>
      {children}
    </li>
  );
}

function NotSeen({ mayReadRaw }: { mayReadRaw: boolean }) {
  return (
    <p className="quiet">
      {mayReadRaw
        ? "No SCIM request goes by this id: it came by another way, or the request log does not reach back to it."
        : "What SCIM clients sent is shown to who holds READ_RAW_REQUESTS. What came of it follows."}
    </p>
  );
}

function Request({ request }: { request: AskedRequestFragment }) {
  return (
    <>
      <div className="card">
        <Asked request={request} />
      </div>
      {request.operation === "BULK" && <Parts requestId={request.requestId} whole={request.id} />}
    </>
  );
}

/** What a bulk request consists of. */
function Parts({ requestId, whole }: { requestId: string; whole: string }) {
  const asked = useAsk(TracePartsDocument, { requestId });
  return (
    <Shown of={asked} what="the parts">
      {({ trace }) => (
        <ul className="card flush happenings" aria-label="Parts of the request">
          {(trace?.requests?.nodes ?? [])
            .filter(({ id }) => id !== whole)
            .reverse()
            .map((part) => (
              <li key={part.id}>
                <Asked request={part} />
              </li>
            ))}
        </ul>
      )}
    </Shown>
  );
}

function Changed({ events, isCut }: { events: readonly HappenedFragment[]; isCut: boolean }) {
  if (events.length === 0) return <p className="quiet">It changed nothing.</p>;
  return (
    <>
      <ul className="card flush happenings">
        {events.map((event) => (
          <li key={event.id}>
            <Whom event={event} />
            {event.reason && <p>{event.reason}</p>}
            <Diff changes={event.changes.filter(({ path }) => event.access === null || !DECIDED.includes(path))} />
          </li>
        ))}
      </ul>
      {isCut && <p className="quiet">These are the last 50; there are more.</p>}
    </>
  );
}

function Whom({ event: { user, tenant, resourceName, action, outcome, actor, occurredAt } }: { event: HappenedFragment }) {
  const name = resourceName ?? "–";
  return (
    <p className="row">
      {user && tenant ? <Link to={paths.user(tenant.slug, user.id)}>{name}</Link> : <strong>{name}</strong>}
      <span>{EVENT_ACTIONS[action]}</span>
      <Badge tone={EVENT_OUTCOMES[outcome].tone}>{EVENT_OUTCOMES[outcome].word}</Badge>
      <span className="quiet">
        by {actor.display}, <Time at={occurredAt} />
      </span>
    </p>
  );
}

function OnFile({ entries }: { entries: readonly Entry[] }) {
  if (entries.length === 0) return <p className="quiet">No administrator had a part in it.</p>;
  return (
    <ul className="card flush happenings">
      {entries.map(({ id, actor, summary, outcome, reason, occurredAt, changes }) => (
        <li key={id}>
          <p className="row">
            <strong>{actor.display}</strong>
            <span>{summary}</span>
            <Badge tone={AUDIT_OUTCOMES[outcome].tone}>{AUDIT_OUTCOMES[outcome].word}</Badge>
            <span className="quiet">
              <Time at={occurredAt} />
            </span>
          </p>
          {reason && !summary.includes(reason) && <p className="quiet">{reason}</p>}
          <Diff changes={changes} />
        </li>
      ))}
    </ul>
  );
}
