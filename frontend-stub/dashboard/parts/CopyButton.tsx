import { useState } from "react";

import { Button } from "./Button";
import { Icon } from "./Icon";

const SHOWN_MS = 2_000;

/** Puts a text on the clipboard, and says so. */
export function CopyButton({ text, children = "Copy" }: { text: string; children?: string }) {
  const [copied, setCopied] = useState(false);

  async function copy() {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  }

  return (
    <Button small onPress={copy}>
      <Icon name={copied ? "check" : "copy"} /> <span aria-live="polite">{copied ? "Copied" : children}</span>
    </Button>
  );
}
