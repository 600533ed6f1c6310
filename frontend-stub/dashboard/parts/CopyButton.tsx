import { useState } from "react";

import { Button } from "./Button";
import { Icon } from "./Icon";

const SHOWN_MS = 2_000;

/** Puts a text on the clipboard, and says so. */
export function CopyButton({ text, children = "Copy" }: { text: string; children?: string }) {
  const [said, setSaid] = useState<string | null>(null);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Select it and copy"); // browsers have no clipboard for pages that came over plain http
    }
    setTimeout(() => setSaid(null), SHOWN_MS);
  }

  return (
    <Button small onPress={copy}>
      <Icon name={said === "Copied" ? "check" : "copy"} /> <span aria-live="polite">{said ?? children}</span>
    </Button>
  );
}
