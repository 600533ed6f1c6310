/** How many people each value of a filter would leave: every other filter applies, its own does not. */
import type { FilterOption } from "../../parts/Filter";
import type { CountedFragment, UserFacetsQueryVariables } from "./generated/Users";
import { type Wanted, whereOf } from "./view";

type Excepts = Omit<UserFacetsQueryVariables, "tenantId" | "search">;

/** The filters for each facet. */
export const exceptsOf = (wanted: Wanted): Excepts => ({
  exceptStatus: whereOf({ ...wanted, status: [] }),
  exceptOutcome: whereOf({ ...wanted, outcome: [] }),
  exceptRole: whereOf({ ...wanted, role: [] }),
  exceptGroup: whereOf({ ...wanted, group: [] }),
});

/** Options with their counts, as soon as they are counted; what the facet does not name has nobody. */
export function counted(options: readonly FilterOption[], facets: readonly CountedFragment[] | undefined): FilterOption[] {
  const values = facets?.[0]?.values;
  if (values === undefined) return [...options];
  const counts = new Map(values.map(({ value, count }) => [value, count]));
  return options.map((option) => ({ ...option, count: counts.get(option.id) ?? 0 }));
}
