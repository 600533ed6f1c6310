import { useId, useRef, useState } from "react";
import { useClient } from "urql";

import { failureOf } from "../../api/failure";
import { type MappingDocument, read } from "../../mapping/document";
import { Findings } from "../../mapping/Findings";
import type { FoundFragment } from "../../mapping/generated/Mapping";
import { Button } from "../../parts/Button";
import { TryingDocument } from "./generated/Editor";

interface YamlViewProps {
  tenantId: string;
  /** The draft as the server writes it; null while it has an error. */
  yaml: string | null | undefined;
  mayEdit: boolean;
  /** What is typed here and is not the draft yet; null: nothing. */
  typed: string | null;
  onType: (typed: string | null) => void;
  onRead: (draft: MappingDocument) => void;
}

const LINES = 16;

/** The draft as a document: what is typed here becomes the draft when the field is left. */
export function YamlView({ tenantId, yaml, mayEdit, typed, onType, onRead }: YamlViewProps) {
  const client = useClient();
  const id = useId();
  const good = useRef("");
  if (typeof yaml === "string") good.current = yaml;
  const latest = useRef(typed);
  latest.current = typed;
  const [wrong, setWrong] = useState<readonly FoundFragment[]>([]);
  const [failure, setFailure] = useState<string | null>(null);

  async function take() {
    if (typed === null) return;
    const input = { tenantId, document: typed, format: "YAML" as const, prune: true, samples: [] };
    const { data, error } = await client.query(TryingDocument, { input }, { requestPolicy: "network-only" }).toPromise();
    if (latest.current !== typed) return; // it has been typed on; leaving it again reads that
    const tried = data?.evaluateMapping;
    setFailure(failureOf(error)?.message ?? null);
    setWrong(tried?.findings ?? []);
    if (tried?.json) {
      onRead(read(tried.json));
      onType(null);
    }
  }

  function drop() {
    setWrong([]);
    setFailure(null);
    onType(null);
  }

  return (
    <section className="card stack" aria-labelledby={id}>
      <div className="row spread">
        <h2 id={id}>As YAML</h2>
        {typed !== null && (
          <Button small kind="plain" onPress={drop}>
            Drop what I typed here
          </Button>
        )}
      </div>
      <textarea
        className="input yaml"
        aria-labelledby={id}
        aria-describedby={`${id}-found`}
        rows={LINES}
        spellCheck={false}
        readOnly={!mayEdit}
        value={typed ?? good.current}
        onChange={(event) => onType(event.target.value)}
        onBlur={take}
      />
      <div id={`${id}-found`} className="stack" role="status">
        {failure !== null && <p>{failure}</p>}
        <Findings findings={wrong} withLines />
        {mayEdit && wrong.length > 0 && typed !== null && <p className="quiet">The tables wait until the text is right, or dropped.</p>}
        {mayEdit && yaml === null && typed === null && <p className="quiet">The text follows when the rules have no error.</p>}
      </div>
    </section>
  );
}
