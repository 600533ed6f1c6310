import { type Health, useHealth } from "../api/link";
import { Icon } from "../parts/Icon";

const SAYINGS: Record<Health, string> = {
  unknown: "Connecting",
  well: "All well",
  unwell: "Database away",
  lost: "Server lost",
};

export function HealthLight() {
  const health = useHealth();
  return (
    <p className={`health ${health}`} title={SAYINGS[health]}>
      <span>{SAYINGS[health]}</span>
    </p>
  );
}

/** Shown while the server is away; goes by itself. */
export function LostBanner() {
  const health = useHealth();
  return (
    <div role="status" className="banner-place">
      {(health === "lost" || health === "unwell") && (
        <p className="banner">
          <Icon name="warning" />
          {health === "lost" ? "Gatehouse cannot be reached." : "Gatehouse cannot reach its database."} What you see may be out of date; it goes on by
          itself when the connection is back.
        </p>
      )}
    </div>
  );
}
