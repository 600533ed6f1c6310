import { Icon } from "../../parts/Icon";
import type { Overview } from "./OverviewPage";

/** What is not as it should be about the connection, the worst first. */
export function Health({ reasons }: { reasons: Overview["connection"]["health"]["reasons"] }) {
  if (reasons.length === 0) return null;
  return (
    <ul className="health-reasons" aria-label="What needs somebody">
      {reasons.map(({ severity, message, remedy }) => (
        <li key={message} className={severity === "ERROR" ? "bad" : "warn"}>
          <Icon name="warning" />
          <p>
            <strong>{message}</strong> {remedy}
          </p>
        </li>
      ))}
    </ul>
  );
}
