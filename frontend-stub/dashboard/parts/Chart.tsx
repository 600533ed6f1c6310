/** A chart over time: drawn for who sees it, the same as a table for who does not. Its drawing is a chunk of its own. */
import "./chart.css";

import { lazy, Suspense, useState } from "react";

import { brief } from "../format/times";
import { useZone } from "../shell/preferences";
import { Button } from "./Button";
import { type Point, pivot, seriesOf } from "./points";

const Drawing = lazy(() => import("./ChartDrawing"));

export interface ChartProps {
  title: string;
  points: readonly Point[];
  /** `bars` are stacked, and add up; `lines` do not. */
  as: "bars" | "lines";
  /** `ms`, `users` … */
  unit: string;
  /** Called with the moment and the series that were pointed at: what is behind the figure. */
  onPick?: (at: string, series: string) => void;
}

export function Chart(props: ChartProps) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className="chart card">
      <div className="row spread">
        <figcaption>{props.title}</figcaption>
        <Button small kind="plain" onPress={() => setAsTable(!asTable)}>
          {asTable ? "As a chart" : "As a table"}
        </Button>
      </div>
      {asTable ? (
        <Figures {...props} />
      ) : (
        <div className="drawing" aria-hidden="true">
          <Suspense fallback={null}>
            <Drawing {...props} />
          </Suspense>
        </div>
      )}
    </figure>
  );
}

function Figures({ title, points, unit, onPick }: ChartProps) {
  const zone = useZone();
  const series = seriesOf(points);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="figures" tabIndex={0} aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            {series.map((name) => (
              <th key={name} scope="col">
                {name} ({unit})
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {pivot(points).map((row) => (
            <tr key={row.at}>
              <th scope="row">{brief(row.at, zone)}</th>
              {series.map((name) => (
                <td key={name}>
                  {row.values[name] !== undefined && onPick ? (
                    <Button small kind="plain" onPress={() => onPick(row.at, name)}>
                      {String(row.values[name])}
                    </Button>
                  ) : (
                    row.values[name]
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
