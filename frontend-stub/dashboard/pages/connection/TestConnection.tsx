import { useEffect, useEffectEvent } from "react";

import { moment, useView } from "../../address/useView";
import { useAsk } from "../../api/useAsk";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Failed } from "../../parts/states";
import { Time } from "../../parts/Time";
import { useMay } from "../../shell/TenantGate";
import { ProbesDocument, type ProbesQuery, RefusedTokensDocument } from "./generated/Connection";
import { type Verdict, verdictOf } from "./probes";

type Probe = ProbesQuery["scimRequests"]["nodes"][number];

const VIEW = { test: moment() };
const LOOK_EVERY_MS = 2_000;
const EARLIER_MS = 1_000;

const SAYINGS: Record<Verdict, string> = {
  waiting: "Waiting for Test Connection in Entra ID …",
  half: "Entra ID is here; waiting for the rest …",
  passed: "Entra ID has asked for users and for groups, and got its answers: save there now.",
  failed: "Entra ID was here, and something was refused.",
};

/** Now, as the server has it: the clock of whoever looks may be fast, and nothing would ever come after it. */
async function serverTime(): Promise<string> {
  const told = await fetch("/readyz", { cache: "no-store" }).catch(() => null);
  const now = Date.parse(told?.headers.get("date") ?? "");
  return new Date((Number.isNaN(now) ? Date.now() : now) - EARLIER_MS).toISOString();
}

/** Waits for Entra's Test Connection, and tells what it asked for and was answered, as it comes. */
export function TestConnection({ tenantId }: { tenantId: string }) {
  const [{ test }, setView] = useView(VIEW);
  const begin = async () => setView({ test: await serverTime() });
  return (
    <section className="card stack" aria-labelledby="test">
      <div className="row spread">
        <h2 id="test">Test Connection</h2>
        {test !== null && (
          <div className="row">
            <Button small onPress={begin}>
              Begin anew
            </Button>
            <Button small kind="plain" onPress={() => setView({ test: null })}>
              Stop
            </Button>
          </div>
        )}
      </div>
      {test === null ? (
        <>
          <p className="quiet">Select Test Connection in Entra ID, under Admin credentials, and see here what it asks for.</p>
          <p>
            <Button onPress={begin}>Wait for it</Button>
          </p>
        </>
      ) : (
        <Watch tenantId={tenantId} since={test} />
      )}
    </section>
  );
}

function Watch({ tenantId, since }: { tenantId: string; since: string }) {
  const mayManage = useMay("MANAGE_CREDENTIALS");
  const probes = useAsk(ProbesDocument, { tenantId, since });
  const tokens = useAsk(RefusedTokensDocument, { tenantId, since }, !mayManage);
  const seen = probes.data?.scimRequests.nodes ?? [];
  const refused = tokens.data?.tenant?.connection.rejectedCredentials ?? [];
  const verdict = verdictOf(seen, refused.length);

  const look = useEffectEvent(() => {
    if (document.hidden) return;
    probes.again();
    if (mayManage) tokens.again();
  });
  useEffect(() => {
    if (verdict === "passed") return;
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [verdict]);

  if (probes.failure && probes.failure.kind !== "signedOut" && !probes.data) return <Failed failure={probes.failure} onAgain={probes.again} />;
  return (
    <>
      <p role="status" className={`verdict ${verdict}`}>
        {(verdict === "waiting" || verdict === "half") && <span className="spinner" aria-hidden="true" />}
        {SAYINGS[verdict]}
      </p>
      <ul className="probes">
        {refused.map(({ fingerprint, label, reason, lastSeenAt }) => (
          <li key={fingerprint}>
            <p className="row">
              <Badge tone="bad">401</Badge> the token “{label}” was refused: {reason}
              <span className="quiet">
                <Time at={lastSeenAt} as="exact" />
              </span>
            </p>
          </li>
        ))}
        {seen.map((probe) => (
          <Seen key={probe.id} probe={probe} />
        ))}
      </ul>
      {verdict === "waiting" && (
        <p className="quiet small">
          A secret that is none of ours cannot be told apart by tenant: if Entra ID says that it failed and nothing appears here, the token or the
          Tenant URL was not pasted as it is.
        </p>
      )}
    </>
  );
}

function Seen({ probe: { receivedAt, method, path, status, explanation } }: { probe: Probe }) {
  return (
    <li>
      <p className="row">
        <Badge tone={status < 400 ? "good" : "bad"}>{String(status)}</Badge> it asked{" "}
        <code>
          {method} {path}
        </code>
        <span className="quiet">
          <Time at={receivedAt} as="exact" />
        </span>
      </p>
      {explanation && (
        <p className="quiet small">
          {explanation.meaning} {explanation.remedy}
        </p>
      )}
    </li>
  );
}
