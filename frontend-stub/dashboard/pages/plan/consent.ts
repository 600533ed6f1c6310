/** What has to be accepted before a plan is applied. */
interface Finding {
  severity: string;
  code: string;
  message: string;
}

export interface Warning {
  code: string;
  messages: string[];
}

/** The warnings by kind: consent is given to kinds. */
export function warningsOf(findings: readonly Finding[]): Warning[] {
  const found = new Map<string, string[]>();
  for (const { severity, code, message } of findings) {
    if (severity === "WARNING") found.set(code, [...(found.get(code) ?? []), message]);
  }
  return [...found].map(([code, messages]) => ({ code, messages }));
}
