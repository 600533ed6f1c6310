/** Points of several series, by moment: as a drawing and a table want them. */
export interface Point {
  at: string;
  series: string;
  value: number;
}

export interface Moment {
  at: string;
  values: Record<string, number>;
}

/** The names of the series, in the order in which they appear. */
export const seriesOf = (points: readonly Point[]): string[] => [...new Set(points.map((point) => point.series))];

/** One row for each moment, in order of time. */
export function pivot(points: readonly Point[]): Moment[] {
  const rows = new Map<string, Record<string, number>>();
  for (const { at, series, value } of points) rows.set(at, { ...rows.get(at), [series]: value });
  return [...rows].map(([at, values]) => ({ at, values })).sort((one, other) => one.at.localeCompare(other.at));
}
