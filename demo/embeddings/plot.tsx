// The map: a point a line. Arrow keys go from point to point, as in any list of choices.
import { type KeyboardEvent, useMemo, useRef } from "react";
import { t } from "../i18n.ts";

const WIDTH = 720;
const HEIGHT = 480;
const MARGIN = 40;
const LONGEST_LABEL = 28;
/** So much room a label needs for itself. */
const LABEL = { wide: 180, high: 14 };

interface PlotProps {
  lines: readonly string[];
  places: readonly (readonly [x: number, y: number])[];
  chosen: number;
  nearest: readonly number[];
  onChoose(index: number): void;
}

export function Plot({ lines, places, chosen, nearest, onChoose }: PlotProps) {
  const points = useRef<(SVGGElement | null)[]>([]);

  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (chosen + step + lines.length) % lines.length;
    onChoose(next);
    points.current[next]?.focus();
  }

  const labelled = useMemo(() => withLabels(places), [places]);
  const x = (index: number) => WIDTH / 2 + places[index]![0] * (WIDTH / 2 - MARGIN);
  const y = (index: number) => HEIGHT / 2 - places[index]![1] * (HEIGHT / 2 - MARGIN);
  return (
    <svg
      className="plot"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the points are choices, and a picture is where they are
      role="radiogroup"
      aria-label={t("Map of the lines")}
      onKeyDown={onKeyDown}
    >
      {nearest.map((index) => (
        <line key={index} className="plot-near" x1={x(chosen)} y1={y(chosen)} x2={x(index)} y2={y(index)} />
      ))}
      {lines.map((line, index) => (
        // biome-ignore lint/a11y/useSemanticElements: a radio button can't be drawn inside of a picture
        <g
          key={line}
          ref={(element) => {
            points.current[index] = element;
          }}
          className="plot-point"
          role="radio"
          aria-checked={index === chosen}
          aria-label={line}
          tabIndex={index === chosen ? 0 : -1}
          onClick={() => onChoose(index)}
          onFocus={() => onChoose(index)}
        >
          <circle className="plot-reach" cx={x(index)} cy={y(index)} r={14} />
          <circle className="plot-dot" cx={x(index)} cy={y(index)} r={index === chosen ? 7 : 5} />
          {(labelled.has(index) && !isCovered(index)) || index === chosen ? (
            <text
              className="plot-label"
              x={x(index) + (places[index]![0] > 0.4 ? -10 : 10)}
              y={y(index) + 4}
              textAnchor={places[index]![0] > 0.4 ? "end" : "start"}
            >
              {line.length > LONGEST_LABEL ? `${line.slice(0, LONGEST_LABEL - 1)}…` : line}
            </text>
          ) : null}
        </g>
      ))}
    </svg>
  );

  /** The chosen one's label is always shown, so those it would lie on aren't. */
  function isCovered(index: number): boolean {
    return Math.abs(y(index) - y(chosen)) < LABEL.high && Math.abs(x(index) - x(chosen)) < LABEL.wide;
  }
}

/** Points whose labels lie on no other's, first come first served. */
function withLabels(places: PlotProps["places"]): ReadonlySet<number> {
  const taken: (readonly [x: number, y: number])[] = [];
  const shown = new Set<number>();
  for (const [index, [x, y]] of places.entries()) {
    const at = [(x * WIDTH) / 2, (y * HEIGHT) / 2] as const;
    const isFree = taken.every(
      ([left, top]) => Math.abs(left - at[0]) >= LABEL.wide || Math.abs(top - at[1]) >= LABEL.high,
    );
    if (!isFree) continue;
    taken.push(at);
    shown.add(index);
  }
  return shown;
}
