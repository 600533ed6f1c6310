import { useAgo } from "../format/clock";
import { brief, exact } from "../format/times";
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
  return (
    <time dateTime={at} title={exact(at, zone)}>
      {as === "ago" ? <Ago at={at} /> : as === "exact" ? exact(at, zone) : brief(at, zone)}
    </time>
  );
}

function Ago({ at }: { at: string }) {
  return useAgo(at);
}
