import "./mapping.css";

import type { Severity } from "../generated/schema";
import { Badge, type Tone } from "../parts/Badge";
import type { FoundFragment } from "./generated/Mapping";

const SEVERITIES: Record<Severity, { word: string; tone: Tone }> = {
  ERROR: { word: "error", tone: "bad" },
  WARNING: { word: "look twice", tone: "warn" },
  INFO: { word: "to know", tone: "info" },
};

/** What is wrong with a mapping, or deserves a second look. */
export function Findings({ findings, withLines = false }: { findings: readonly FoundFragment[]; withLines?: boolean }) {
  if (findings.length === 0) return null;
  return (
    <ul className="findings">
      {findings.map((finding) => (
        <li key={`${finding.code} ${finding.path} ${finding.message}`}>
          <Badge tone={SEVERITIES[finding.severity].tone}>{SEVERITIES[finding.severity].word}</Badge>{" "}
          {withLines && finding.line !== null && <strong>Line {finding.line}: </strong>}
          {sentence(finding.message)}
        </li>
      ))}
    </ul>
  );
}

/** Messages begin small and have no end, since programs put them into lines of their own. */
export function sentence(message: string): string {
  const begun = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?)]$/.test(begun) ? begun : `${begun}.`;
}
