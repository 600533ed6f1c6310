import { Link } from "react-aria-components";
import { useParams } from "react-router";

import { paths } from "../address/paths";

/** Leads from the id of a request to all that is known of it; may stand in a row that leads elsewhere. */
export function TraceLink({ requestId }: { requestId: string }) {
  const { slug } = useParams();
  return <Link href={paths.trace(slug, requestId)}>{`request ${requestId}`}</Link>;
}
