import { useParams } from "react-router";

import { useMay } from "../../shell/TenantGate";
import { Trace } from "./Trace";

/** A request of a tenant, from end to end. */
export default function TracePage() {
  const { requestId = "" } = useParams();
  const mayReadRaw = useMay("READ_RAW_REQUESTS");
  return <Trace key={requestId} requestId={requestId} mayReadRaw={mayReadRaw} />;
}
