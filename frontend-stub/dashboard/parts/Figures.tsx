import "./figures.css";

import type { ReactNode } from "react";

/** A few figures side by side, each under its name. */
export function FigureRow({ children }: { children: ReactNode }) {
  return <dl className="figure-row card">{children}</dl>;
}

export function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export interface Share {
  id: string;
  name: ReactNode;
  count: ReactNode;
  value: number;
}

/** Parts of a whole: how many of each, with a bar for whoever sees it. */
export function Shares({ label, shares }: { label: string; shares: readonly Share[] }) {
  const most = Math.max(1, ...shares.map((share) => share.value));
  return (
    <ul className="shares" aria-label={label}>
      {shares.map(({ id, name, count, value }) => (
        <li key={id}>
          <span className="share-name">{name}</span>
          <span className="share-count">{count}</span>
          <span className="share-bar" aria-hidden="true">
            <span style={{ width: `${(100 * value) / most}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
