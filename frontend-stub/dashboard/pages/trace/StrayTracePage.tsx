import { useParams } from "react-router";

import { Trace } from "./Trace";

/** A request that belongs to no tenant, such as one whose credential was refused. */
export default function StrayTracePage() {
  const { requestId = "" } = useParams();
  return <Trace key={requestId} requestId={requestId} mayReadRaw />;
}
