import type { ReactNode } from "react";

import { usePageTitle } from "./usePageTitle";

/** The heading of a page, with what can be done there beside it; also names the browser's tab. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  usePageTitle(title);
  return (
    <div className="page-head">
      <h1>{title}</h1>
      {children && <div className="row">{children}</div>}
    </div>
  );
}
