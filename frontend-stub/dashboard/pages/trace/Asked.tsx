import "../../parts/callout.css";
import "../../parts/card.css";
import "./trace.css";

import { shown } from "../../format/json";
import { curlOf, OPERATIONS, toneOf, wholePath } from "../../format/requests";
import { Badge } from "../../parts/Badge";
import { CopyButton } from "../../parts/CopyButton";
import { Time } from "../../parts/Time";
import { useMayHere } from "../../shell/TenantGate";
import type { AskedRequestFragment } from "./generated/Trace";

type Operation = NonNullable<AskedRequestFragment["normalizedOperations"]>[number];

const SCIM_PATH = "/scim/v2";
const WRITES = ["POST", "PUT", "PATCH"];

/** A SCIM request: what it was, what its refusal means, as it was sent and as it was read. */
export function Asked({ request }: { request: AskedRequestFragment }) {
  const isWhole = useMayHere("READ_PII") || request.body === null; // else its values are masked
  const curl = isWhole ? curlOf(request, `${window.location.origin}${SCIM_PATH}`) : null;
  return (
    <div className="stack">
      <p className="row">
        <code>
          {request.method} {wholePath(request)}
        </code>
        <Badge tone={toneOf(request.status)}>{String(request.status)}</Badge>
        {curl !== null && <CopyButton text={curl}>Copy as curl</CopyButton>}
      </p>
      <Refused request={request} />
      <dl className="facts">
        <dt>Operation</dt>
        <dd>{OPERATIONS[request.operation]}</dd>
        <dt>Answered</dt>
        <dd>
          <Time at={request.receivedAt} as="exact" />, after {request.durationMs} ms
        </dd>
        <dt>From</dt>
        <dd>{[request.ip, request.userAgent].filter((each) => each !== null).join(", ") || "not on record"}</dd>
        {request.correlationId !== null && (
          <>
            <dt>Correlation id</dt>
            <dd className="mono">{request.correlationId}</dd>
          </>
        )}
      </dl>
      {WRITES.includes(request.method) && <Sent body={request.body} operations={request.normalizedOperations} isPatch={request.method === "PATCH"} />}
    </div>
  );
}

function Refused({ request: { status, detail, scimType, explanation } }: { request: AskedRequestFragment }) {
  if (explanation === null) return null;
  return (
    <div className={`callout ${status < 500 ? "" : "bad"}`}>
      <p>
        <strong>{detail ?? explanation.meaning}</strong>
      </p>
      {detail !== null && <p>{explanation.meaning}</p>}
      <p>{explanation.remedy}</p>
      <p className="quiet small">
        Entra ID calls it {explanation.entraCode}
        {scimType !== null && `, SCIM ${scimType}`}.
      </p>
    </div>
  );
}

interface SentProps {
  body: string | null;
  operations: readonly Operation[] | null;
  isPatch: boolean;
}

/** As it was sent beside how it was read. */
function Sent({ body, operations, isPatch }: SentProps) {
  if (body === null && operations === null) {
    return <p className="quiet small">What was sent is kept of refused writes only. What an accepted one did stands under “Changed”.</p>;
  }
  return (
    <div className="sent">
      {body !== null && (
        <div>
          <p className="row spread">
            <strong>As it was sent</strong>
            <CopyButton text={body} />
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <pre className="small" tabIndex={0}>
            {indented(body)}
          </pre>
        </div>
      )}
      {isPatch && (
        <div>
          <p className="row">
            <strong>As it was read</strong>
          </p>
          {operations === null ? <p className="quiet small">It cannot be read.</p> : <Operations operations={operations} />}
        </div>
      )}
    </div>
  );
}

function Operations({ operations }: { operations: readonly Operation[] }) {
  return (
    <ol className="operations small">
      {operations.map(({ op, path, value }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same operation may come twice, and the order never changes
        <li key={index}>
          <Badge>{op}</Badge> <code>{path}</code>
          {value !== null && (
            <>
              {" "}
              <span aria-hidden="true">=</span> {shown(value)}
            </>
          )}
        </li>
      ))}
    </ol>
  );
}

/** JSON as people read it; what is not whole stays as it is. */
function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
