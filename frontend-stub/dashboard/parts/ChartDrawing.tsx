import { Bar, BarChart, CartesianGrid, Legend, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { brief, exact } from "../format/times";
import { useZone } from "../shell/preferences";
import type { ChartProps } from "./Chart";
import { pivot, seriesOf } from "./points";

const HEIGHT = 220;
const SMALL = { fontSize: 12, fill: "var(--quiet)" };
const COLOURS = 4;
const TONES: Record<string, string> = {
  succeeded: "var(--series-4)",
  refused: "var(--series-2)",
  failed: "var(--series-3)",
};

const colour = (series: string, index: number): string => TONES[series] ?? `var(--series-${(index % COLOURS) + 1})`;

/** The drawing of a chart; loaded when the first one is shown. */
export default function ChartDrawing({ points, as, unit, onPick }: ChartProps) {
  const zone = useZone();
  const rows = pivot(points).map(({ at, values }) => ({ at, ...values }));
  const series = seriesOf(points);
  const axes = (
    <>
      <CartesianGrid vertical={false} stroke="var(--line)" />
      <XAxis dataKey="at" tick={SMALL} tickLine={false} axisLine={false} minTickGap={48} tickFormatter={(at: string) => brief(at, zone)} />
      <YAxis width={44} tick={SMALL} tickLine={false} axisLine={false} />
      <Tooltip
        isAnimationActive={false}
        labelFormatter={(at) => exact(String(at), zone)}
        formatter={(value) => `${String(value)} ${unit}`}
        contentStyle={{ background: "var(--surface)", border: "1px solid var(--line)", borderRadius: 6, fontSize: 13 }}
        cursor={{ fill: "var(--hover)" }}
      />
      <Legend iconSize={10} wrapperStyle={{ fontSize: 12 }} />
    </>
  );
  return (
    <ResponsiveContainer width="100%" height={HEIGHT}>
      {as === "bars" ? (
        <BarChart data={rows} accessibilityLayer={false}>
          {axes}
          {series.map((name, index) => (
            <Bar
              key={name}
              dataKey={name}
              stackId="all"
              fill={colour(name, index)}
              isAnimationActive={false}
              {...(onPick ? { cursor: "pointer", onClick: (bar) => onPick(String((bar.payload as { at: string }).at), name) } : {})}
            />
          ))}
        </BarChart>
      ) : (
        <LineChart data={rows} accessibilityLayer={false}>
          {axes}
          {series.map((name, index) => (
            <Line
              key={name}
              dataKey={name}
              stroke={colour(name, index)}
              strokeWidth={1.75}
              dot={rows.length < 3}
              isAnimationActive={false}
              connectNulls
            />
          ))}
        </LineChart>
      )}
    </ResponsiveContainer>
  );
}
