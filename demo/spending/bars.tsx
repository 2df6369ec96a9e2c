// Bars of a month, a bar a day. The same figures are in the table below it, which is what a screen reader is led to.
import { t } from "../i18n.ts";
import { amount, type Metric, niceTop, type UsageLine } from "./usage.ts";

const WIDTH = 720;
const HEIGHT = 200;
const LEFT = 56;
const BOTTOM = 24;
const LINES = [0, 0.5, 1];

interface BarsProps {
  days: readonly { day: string; line: UsageLine }[];
  metric: Metric;
  format(value: number): string;
}

export function Bars({ days, metric, format }: BarsProps) {
  const values = days.map(({ line }) => amount(line, metric));
  const top = niceTop(Math.max(...values));
  const wide = (WIDTH - LEFT) / days.length;
  const height = (value: number) => (value / top) * (HEIGHT - BOTTOM - 8);
  return (
    <svg className="bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("Use by day")}>
      {LINES.map((part) => (
        <g key={part}>
          <line className="bars-line" x1={LEFT} x2={WIDTH} y1={yOf(part * top)} y2={yOf(part * top)} />
          <text className="bars-label" x={LEFT - 8} y={yOf(part * top) + 4} textAnchor="end">
            {format(part * top)}
          </text>
        </g>
      ))}
      {days.map(({ day }, index) => {
        const value = values[index]!;
        const tall = value > 0 ? Math.max(2, height(value)) : 0;
        return (
          <g key={day}>
            <rect
              className="bar"
              x={LEFT + index * wide + wide * 0.15}
              y={HEIGHT - BOTTOM - tall}
              width={wide * 0.7}
              height={tall}
              rx={2}
            >
              <title>{`${day}: ${format(value)}`}</title>
            </rect>
            {(index + 1) % 5 === 0 || index === 0 ? (
              <text className="bars-label" x={LEFT + (index + 0.5) * wide} y={HEIGHT - 6} textAnchor="middle">
                {Number(day.slice(8))}
              </text>
            ) : null}
          </g>
        );
      })}
    </svg>
  );

  function yOf(value: number): number {
    return HEIGHT - BOTTOM - height(value);
  }
}
