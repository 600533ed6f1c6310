/** Writes documents.json beside the build: SHA-256 → document of every operation, exactly as the pages send it (GATEHOUSE_TRUSTED_DOCUMENTS). */
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { formatDocument, stringifyDocument, type TypedDocumentNode } from "@urql/core";
import { type Plugin, runnerImport } from "vite";

function generated(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return generated(path);
    return folder.endsWith("generated") && name !== "schema.ts" ? [path] : [];
  });
}

const isSubscription = ({ definitions }: TypedDocumentNode) =>
  definitions.some((definition) => definition.kind === "OperationDefinition" && definition.operation === "subscription");

/** As urql sends it: its document cache adds `__typename` to every selection, but lets subscriptions pass as they are. */
export function asSent(document: TypedDocumentNode): string {
  return stringifyDocument(isSubscription(document) ? document : formatDocument(document));
}

export async function manifest(folder: string): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const file of generated(folder)) {
    const { module } = await runnerImport<Record<string, TypedDocumentNode>>(resolve(file), { logLevel: "error", configFile: false });
    for (const [name, document] of Object.entries(module)) {
      if (!name.endsWith("Document")) continue;
      const text = asSent(document);
      entries.push([createHash("sha256").update(text).digest("hex"), text]);
    }
  }
  return Object.fromEntries(entries.sort());
}

export function trustedDocuments(folder: string): Plugin {
  return {
    name: "gatehouse:trusted-documents",
    apply: "build",
    async generateBundle() {
      this.emitFile({ type: "asset", fileName: "documents.json", source: `${JSON.stringify(await manifest(folder), null, 1)}\n` });
    },
  };
}
