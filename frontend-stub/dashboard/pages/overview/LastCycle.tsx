import type { ReactNode } from "react";
import { Link } from "react-router";

import { paths } from "../../address/paths";
import { useAsk } from "../../api/useAsk";
import { around } from "../../format/cycles";
import { number, plural } from "../../format/plural";
import { Figure, FigureRow } from "../../parts/Figures";
import { Shown } from "../../parts/states";
import { Time } from "../../parts/Time";
import { useMay, useTenant } from "../../shell/TenantGate";
import { LastCycleDocument } from "./generated/Overview";
import type { Overview } from "./OverviewPage";

type Cycle = Overview["insights"]["cycles"][number];

/** What Entra ID did when it was here last. */
export function LastCycle({ cycle }: { cycle: Cycle | undefined }) {
  return (
    <section className="stack" aria-labelledby="cycle">
      <h2 id="cycle">The last cycle</h2>
      {cycle ? <Done cycle={cycle} /> : <p className="quiet">Entra ID has asked for nothing in the last seven days.</p>}
    </section>
  );
}

function Done({ cycle }: { cycle: Cycle }) {
  const { id, slug } = useTenant();
  const mayReadRaw = useMay("READ_RAW_REQUESTS");
  const during = around(cycle);
  const asked = useAsk(LastCycleDocument, { tenantId: id, ...during });
  const those = (said: string, status: readonly string[] = []): ReactNode =>
    mayReadRaw ? <Link to={paths.requests(slug, { ...during, status })}>{said}</Link> : said;
  const to = (action: string, count: number): ReactNode =>
    count === 0 ? <span className="quiet">0</span> : <Link to={paths.history(slug, { ...during, action })}>{number(count)}</Link>;
  return (
    <>
      <p>
        <Time at={cycle.startedAt} /> to <Time at={cycle.endedAt} />, <Time at={cycle.startedAt} as="ago" />:{" "}
        {those(plural(cycle.requests, "request"))}
        {cycle.refused > 0 && <>, {those(`${number(cycle.refused)} refused`, ["4"])}</>}
        {cycle.failed > 0 && <>, {those(`${number(cycle.failed)} failed`, ["5"])}</>}.
      </p>
      <Shown of={asked} what="what happened">
        {({ created, updated, disabled, restored, deleted, warned }) => (
          <FigureRow>
            <Figure name="Created">{to("CREATE", created.totalCount)}</Figure>
            <Figure name="Updated">{to("UPDATE", updated.totalCount)}</Figure>
            <Figure name="Disabled">{to("DISABLE", disabled.totalCount)}</Figure>
            <Figure name="Restored">{to("RESTORE", restored.totalCount)}</Figure>
            <Figure name="Deleted">{to("DELETE", deleted.totalCount)}</Figure>
            <Figure name="With a warning">
              {warned.totalCount === 0 ? (
                <span className="quiet">0</span>
              ) : (
                <Link to={paths.history(slug, { ...during, outcome: "WARNING" })}>{number(warned.totalCount)}</Link>
              )}
            </Figure>
          </FigureRow>
        )}
      </Shown>
    </>
  );
}
