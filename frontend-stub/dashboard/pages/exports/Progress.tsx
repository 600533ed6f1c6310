import { useEffect } from "react";
import { useSubscription } from "urql";

import { JOB_STATUSES } from "../../format/exports";
import { number, plural } from "../../format/plural";
import { Badge } from "../../parts/Badge";
import { type ExportJobFragment, ExportProgressDocument } from "./generated/Exports";

interface ProgressProps {
  job: ExportJobFragment;
  /** Called when an export that was under way has ended. */
  onEnded: () => void;
}

export const isOpen = ({ status }: ExportJobFragment): boolean => status === "QUEUED" || status === "RUNNING";

/** How far an export is, live while it is under way. */
export function Progress({ job: listed, onEnded }: ProgressProps) {
  const [{ data }] = useSubscription({ query: ExportProgressDocument, variables: { jobId: listed.id }, pause: !isOpen(listed) });
  const job = isOpen(listed) ? (data?.jobProgress ?? listed) : listed;
  const hasEnded = isOpen(listed) && !isOpen(job);

  // biome-ignore lint/correctness/useExhaustiveDependencies: said once
  useEffect(() => {
    if (hasEnded) onEnded();
  }, [hasEnded]);

  return (
    <div className="progress">
      <span>
        <Badge tone={JOB_STATUSES[job.status].tone}>{JOB_STATUSES[job.status].word}</Badge>
      </span>
      {isOpen(job) && <progress value={job.progress} max={1} aria-label="Progress" />}
      {job.error && <span className="small">{job.error}</span>}
      <span className="quiet small">
        {isOpen(job) && job.total !== null ? `${number(job.processed)} of ${plural(job.total, "row")}` : plural(job.processed, "row")}
      </span>
    </div>
  );
}
