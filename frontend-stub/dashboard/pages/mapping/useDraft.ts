import { useState } from "react";

import { type MappingDocument, rebase } from "../../mapping/document";
import { forget, type Kept, keep, keptOf } from "../../mapping/kept";

export interface Drafting {
  kept: Kept;
  /** Puts something else in place of the draft. */
  change: (draft: MappingDocument) => void;
  /** Back to the mapping in force. */
  drop: () => void;
  /** The same changes, on the mapping in force. */
  takeIn: () => void;
  /** The draft, as it stands, is the plan's from now on. */
  planned: (planId: string) => void;
}

/** The one draft of a tenant's mapping; it outlives the page, and ends with the tab. */
export function useDraft(tenantId: string, version: number, inForce: MappingDocument): Drafting {
  const [stored, setStored] = useState(() => keptOf(tenantId));
  const kept = stored ?? { baseVersion: version, base: inForce, draft: inForce };

  function put(next: Kept) {
    keep(tenantId, next);
    setStored(keptOf(tenantId));
  }

  return {
    kept,
    change: (draft) => put({ baseVersion: kept.baseVersion, base: kept.base, draft }),
    takeIn: () => put({ baseVersion: version, base: inForce, draft: rebase(kept.base, kept.draft, inForce) }),
    planned: (planId) => keep(tenantId, { ...kept, planId }),
    drop() {
      forget(tenantId);
      setStored(null);
    },
  };
}
