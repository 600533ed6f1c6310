import { ago, brief, exact } from "../format/times";
import { useZone } from "../shell/preferences";

interface TimeProps {
  at: string | null | undefined;
  /** `ago`: how long since. In any case the exact time is the tooltip. */
  as?: "brief" | "exact" | "ago";
  /** What stands there if there is no time. */
  never?: string;
}

export function Time({ at, as = "brief", never = "never" }: TimeProps) {
  const zone = useZone();
  if (!at) return <span className="quiet">{never}</span>;
  const written = as === "ago" ? ago(at) : as === "exact" ? exact(at, zone) : brief(at, zone);
  return (
    <time dateTime={at} title={exact(at, zone)}>
      {written}
    </time>
  );
}
