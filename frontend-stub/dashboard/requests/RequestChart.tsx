import { useNavigate } from "react-router";

import { paths } from "../address/paths";
import { bucket } from "../format/cycles";
import { Chart } from "../parts/Chart";
import type { Point } from "../parts/points";
import { useMay, useTenant } from "../shell/TenantGate";

/** What is counted under each name (RFC 7644 §3.12): also what has not changed since it was asked for has succeeded. */
const CLASSES: Record<string, readonly string[]> = { succeeded: ["2", "3"], refused: ["4"], failed: ["5"] };

/** How many requests there were, by how they ended; for who may read them each bar leads to those that it counts. */
export function RequestChart({ points, bucketSeconds }: { points: readonly Point[]; bucketSeconds: number }) {
  const { slug } = useTenant();
  const navigate = useNavigate();
  const mayFollow = useMay("READ_RAW_REQUESTS");
  const follow = (at: string, series: string) => void navigate(paths.requests(slug, { ...bucket(at, bucketSeconds), status: CLASSES[series] ?? [] }));
  return <Chart title="Requests of Entra ID by outcome" points={points} as="bars" unit="requests" {...(mayFollow ? { onPick: follow } : {})} />;
}
