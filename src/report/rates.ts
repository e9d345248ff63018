/**
 * The loss over the learning rate.
 *
 * @module
 */
import {
  attributes,
  drawing,
  heading,
  label,
  niceTicks,
  stroke,
  type Tone,
} from "./_svg.ts";

const size = { width: 560, height: 340 };
const margin = { left: 56, right: 24, top: 42, bottom: 44 };

/**
 * The loss at each rate, the rates by their logarithm, as an SVG file; a line
 * marks the suggested rate.
 */
export function ratesSvg(
  points: readonly { readonly rate: number; readonly loss: number }[],
  suggestion: number,
): string {
  const width = size.width - margin.left - margin.right;
  const height = size.height - margin.top - margin.bottom;
  const bottom = margin.top + height;
  const decades = points.map(({ rate }) => Math.log10(rate));
  const first = Math.floor(Math.min(...decades));
  const last = Math.ceil(Math.max(...decades));
  const ticks = niceTicks(Math.max(...points.map(({ loss }) => loss)), 5);
  const highest = ticks[ticks.length - 1];
  const xOf = (rate: number) =>
    margin.left +
    width * (Math.log10(rate) - first) / Math.max(1, last - first);
  const yOf = (loss: number) => bottom - height * loss / highest;
  const line = (
    from: [number, number],
    to: [number, number],
    tone: Tone,
  ) => {
    const ends = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
    return `<line${attributes({ ...ends, ...stroke(tone) })}/>`;
  };
  const rules = ticks.map((tick) =>
    line(
      [margin.left, yOf(tick)],
      [margin.left + width, yOf(tick)],
      "rule",
    ) +
    label(`${tick}`, {
      x: margin.left - 8,
      y: yOf(tick) + 4,
      anchor: "end",
      tone: "muted",
    })
  );
  const rates = Array.from({ length: last - first + 1 }, (_, decade) => {
    const power = first + decade;
    const x = xOf(10 ** power);
    return label(`1e${power}`, {
      x,
      y: bottom + 18,
      anchor: "middle",
      tone: "muted",
    });
  });
  const curve = attributes({
    points: points.map(({ rate, loss }) =>
      `${xOf(rate).toFixed(1)},${yOf(loss).toFixed(1)}`
    ).join(" "),
    fill: "none",
    "stroke-width": 2,
    ...stroke("train"),
  });
  const x = xOf(suggestion);
  const title = `Loss over the learning rate; ${suggestion} is suggested`;
  return drawing(
    heading(title, { x: margin.left, y: margin.top - 18 }) + rules.join("") +
      rates.join("") + `<polyline${curve}/>` +
      line([x, margin.top], [x, bottom], "validation"),
    { ...size, title },
  );
}
