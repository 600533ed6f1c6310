/** The state of a view, kept in the address: `useView({ search: text(), status: oneOf(STATUSES) })`. */
import { useCallback, useMemo } from "react";
import { useLocation, useSearchParams } from "react-router";

/** How one value is read from and written to the address; what equals the default is not written. */
export interface Param<T> {
  read: (given: string[]) => T;
  write: (value: T) => string[];
}

/** What a view consists of, for the values `V`. */
export type Params<V> = { [K in keyof V]: Param<V[K]> };

export const text = (): Param<string> => ({
  read: (given) => given[0] ?? "",
  write: (value) => (value === "" ? [] : [value]),
});

/** A moment; one that is none counts as left out. */
export const moment = (): Param<string | null> => ({
  read: (given) => (given[0] && !Number.isNaN(Date.parse(given[0])) ? given[0] : null),
  write: (value) => (value === null ? [] : [value]),
});

export const optional = (): Param<string | null> => ({
  read: (given) => given[0] || null,
  write: (value) => (value === null ? [] : [value]),
});

export const oneOf = <T extends string>(allowed: readonly T[], otherwise: T): Param<T> => ({
  read: (given) => allowed.find((each) => each === given[0]) ?? otherwise,
  write: (value) => (value === otherwise ? [] : [value]),
});

export const anyOf = <T extends string>(allowed: readonly T[]): Param<T[]> => ({
  read: (given) => allowed.filter((each) => given.includes(each)),
  write: (value) => value,
});

/** Any number of texts that only the server can judge, such as ids. */
export const many = (): Param<string[]> => ({ read: (given) => given, write: (value) => value });

export const flag = (): Param<boolean> => ({ read: (given) => given[0] === "yes", write: (value) => (value ? ["yes"] : []) });

export function readView<V extends object>(params: Params<V>, query: URLSearchParams): V {
  const names = Object.keys(params) as (keyof V & string)[];
  return Object.fromEntries(names.map((name) => [name, params[name].read(query.getAll(name))])) as V;
}

/** Other parameters stay as they are. */
export function writeView<V extends object>(params: Params<V>, view: V, query: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const name of Object.keys(params) as (keyof V & string)[]) {
    next.delete(name);
    for (const value of params[name].write(view[name])) next.append(name, value);
  }
  return next;
}

/**
 * What the address says, and how to change it: one entry of the browser's history for each change, unless `replace`
 * (for what changes with every key). `params` must be made outside of the component.
 */
export function useView<V extends object>(params: Params<V>): [V, (change: Partial<V>, how?: { replace?: boolean }) => void] {
  const [query, setQuery] = useSearchParams();
  const view = useMemo(() => readView(params, query), [params, query]);
  const change = useCallback(
    (part: Partial<V>, how: { replace?: boolean } = {}) => {
      const now = new URLSearchParams(window.location.search); // it is ahead of what was drawn last: two quick changes both count
      setQuery(writeView(params, { ...readView(params, now), ...part }, now), { replace: how.replace ?? false });
    },
    [params, setQuery],
  );
  return [view, change];
}

/** Where the view is changed in part: for links. `params` as for `useView`. */
export function useViewAddress<V extends object>(params: Params<V>): (part: Partial<V>) => string {
  const [query] = useSearchParams();
  const { pathname } = useLocation();
  return (part) => {
    const next = writeView(params, { ...readView(params, query), ...part }, query).toString();
    return next === "" ? pathname : `${pathname}?${next}`;
  };
}
