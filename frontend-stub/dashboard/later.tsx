/** Pages whose code is loaded when it is needed first, or a little before. */
import { type ComponentType, lazy, useState } from "react";

export interface Later {
  /** Begin to load, so that the page stands at once when it is opened. */
  preload: () => void;
  /** The page if it is loaded, else what loads it. */
  component: () => ComponentType;
}

/**
 * As `lazy`, but what has been loaded ahead shows without a fallback: React keeps one for at least 300 ms.
 * @param load imports the page's module.
 */
export function later(load: () => Promise<{ default: ComponentType }>): Later {
  let loaded: ComponentType | undefined;
  const remember = async () => {
    const module = await load();
    loaded = module.default;
    return module;
  };
  const loading = lazy(remember);
  return {
    // What fails now fails again when the page is opened, and is told there
    preload: () => void remember().catch(() => undefined),
    component: () => loaded ?? loading,
  };
}

/** A page; the same component for as long as it stands, so give each page a key of its own. */
export function PageOf({ page }: { page: Later }) {
  const [Shown] = useState(page.component);
  return <Shown />;
}
