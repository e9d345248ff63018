/**
 * A chart of curves: where it is, its axes, and lines in it.
 *
 * @module
 */
import {
  attributes,
  heading,
  label,
  niceTicks,
  palette,
  shortNumber,
  stroke,
  type Tone,
} from "./_svg.ts";

/** What was measured at a step; what was not measured there is left out. */
export interface CurvePoint {
  readonly step: number;
  /** Mean cross-entropy, in nats. */
  readonly loss?: number;
  /** Share of right answers, 0 to 1. */
  readonly accuracy?: number;
}

export type Quantity = "loss" | "accuracy";
export type Spot = readonly [x: number, y: number];

/** Where a chart is in pixels, and what its axes span: x from the first to the last tick or further, y from 0. */
export interface Panel {
  readonly quantity: Quantity;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly ticks: readonly (readonly [at: number, text: string])[];
  };
  /** Ticks, the last at the top. */
  readonly y: readonly number[];
}

export const margin = { left: 52, top: 42, bottom: 44 };

/** Windows of the running mean along a curve. */
export const smoothingWindows = 40;

/** Points beyond which a line is drawn by the lowest and the highest of each stretch. */
const drawnPoints = 800;

/** Curves of one quantity with what they are of: their x in epochs or steps. */
export interface Axis {
  readonly name: "epoch" | "step";
  /** Steps of one of its units. */
  readonly steps: number;
}

/** Epochs where they are counted, else steps. */
export function axisOf(stepsPerEpoch: number | undefined): Axis {
  return stepsPerEpoch === undefined
    ? { name: "step", steps: 1 }
    : { name: "epoch", steps: stepsPerEpoch };
}

/** The finite values of one quantity. */
export function spotsOf(
  points: readonly CurvePoint[],
  { quantity, axis }: { quantity: Quantity; axis: Axis },
): Spot[] {
  return points.flatMap((point) => {
    const value = point[quantity];
    return value !== undefined && Number.isFinite(value)
      ? [[point.step / axis.steps, value] as const]
      : [];
  });
}

/** The charts of loss and of accuracy, side by side, for curves `[quantity][curve]`. */
export function panelsOf(
  curves: { readonly [Q in Quantity]: readonly (readonly Spot[])[] },
  { width, height, right, name }: {
    width: number;
    height: number;
    right: number;
    name: Axis["name"];
  },
): Panel[] {
  const last = [...curves.loss, ...curves.accuracy].flat()
    .reduce((last, [x]) => Math.max(last, x), 1);
  const ticks = niceTicks(last, 5).filter((tick) =>
    tick <= last && Number.isInteger(tick)
  );
  return (["loss", "accuracy"] as const).map((quantity, index) => ({
    quantity,
    left: index * width / 2 + margin.left,
    top: margin.top,
    width: width / 2 - margin.left - right,
    height,
    x: {
      name,
      from: 0,
      to: last,
      ticks: ticks.map((tick) => [tick, tick.toLocaleString("en-US")]),
    },
    y: quantity === "accuracy"
      ? [0, 0.2, 0.4, 0.6, 0.8, 1]
      : lossTicks(curves.loss),
  }));
}

/** Ticks for the losses of curves, at the ends of what numbers can be, too. */
export function lossTicks(curves: readonly (readonly Spot[])[]): number[] {
  const top = Math.max(0, ...curves.map(topOf));
  return niceTicks(top < 1e-12 ? 1 : Math.min(top, 1e300), 5);
}

/** A curve is cut where its highest value is so many times what nearly all are below. */
const spike = 6;

/** Up to where a curve is shown: to its top, or over nearly all of it where a few values would make the rest flat. */
function topOf(spots: readonly Spot[]): number {
  const values = spots.map(([, value]) => value).sort((a, b) => a - b);
  const top = values.at(-1) ?? 0;
  const usual = values[Math.floor(0.95 * (values.length - 1))] ?? 0;
  const isSpiked = values.length >= 8 && top > spike * usual;
  return isSpiked ? Math.max(spike / 2 * usual, 0.01) : top;
}

export function drawPanel(
  panel: Panel,
  { title, body }: { title: string; body: string },
): string {
  const head = heading(title, { x: panel.left, y: panel.top - 18 });
  return `<g>${head}${drawAxes(panel)}${body}</g>`;
}

/** Rules, ticks and their numbers. */
function drawAxes(panel: Panel): string {
  const { left, top, width, height, quantity } = panel;
  const bottom = top + height;
  const rules = panel.y.map((value) => {
    const y = yOf(value, panel);
    const text = quantity === "accuracy"
      ? `${Math.round(value * 100)} %`
      : String(value);
    return line([left, y], [left + width, y], "rule") +
      label(text, { x: left - 8, y: y + 4, anchor: "end", tone: "muted" });
  });
  const middle = { anchor: "middle", tone: "muted" } as const;
  const ticks = panel.x.ticks.map(([at, text]) => {
    const x = xOf(at, panel);
    return line([x, bottom], [x, bottom + 4], "muted") +
      label(text, { x, y: bottom + 18, ...middle });
  });
  const name = { x: left + width / 2, y: bottom + 36, ...middle };
  return rules.join("") + ticks.join("") + label(panel.x.name, name);
}

export function line(from: Spot, to: Spot, tone: Tone): string {
  const ends = { x1: from[0], x2: to[0], y1: from[1], y2: to[1] };
  return `<line${attributes({ ...ends, ...stroke(tone) })}/>`;
}

/** A curve as lines; what is higher than the chart is left out of it. */
export function polyline(
  spots: readonly Spot[],
  { panel, look }: { panel: Panel; look: Record<string, string | number> },
): string {
  return partsBelow(thinned(spots), panel.y[panel.y.length - 1]).map((part) => {
    const points = part.map(([x, y]) =>
      `${shortNumber(xOf(x, panel))},${shortNumber(yOf(y, panel))}`
    ).join(" ");
    return `<polyline${
      attributes({
        points,
        fill: "none",
        "stroke-width": 2,
        "stroke-linejoin": "round",
        ...look,
      })
    }/>`;
  }).join("");
}

/** The stretches of a curve that are not above `top`, each up to where it crosses it. */
function partsBelow(spots: readonly Spot[], top: number): Spot[][] {
  const parts: Spot[][] = [];
  let part: Spot[] = [];
  const crossing = ([x0, y0]: Spot, [x1, y1]: Spot): Spot => [
    x0 + (x1 - x0) * ((top - y0) / (y1 - y0)),
    top,
  ];
  for (const [index, spot] of spots.entries()) {
    const before = spots[index - 1];
    const isAbove = spot[1] > top;
    if (before && before[1] > top !== isAbove) {
      part.push(crossing(before, spot));
    }
    if (!isAbove) part.push(spot);
    else if (part.length > 0) {
      parts.push(part);
      part = [];
    }
  }
  return part.length > 0 ? [...parts, part] : parts;
}

/** A long curve by the lowest and the highest of each stretch, which looks the same. */
function thinned(spots: readonly Spot[]): readonly Spot[] {
  if (spots.length <= drawnPoints) return spots;
  const stretch = Math.ceil(2 * spots.length / drawnPoints);
  const kept: Spot[] = [];
  for (let start = 0; start < spots.length; start += stretch) {
    const part = spots.slice(start, start + stretch);
    const ordered = part.toSorted(([, one], [, other]) => one - other);
    const ends = [ordered[0], ordered[ordered.length - 1]];
    kept.push(...ends.sort(([one], [other]) => one - other));
  }
  return [...kept, spots[spots.length - 1]];
}

/** Says at the upper edge where curves go on above it, and how far. */
export function drawCuts(
  curves: readonly (readonly Spot[])[],
  panel: Panel,
): string {
  const top = panel.y[panel.y.length - 1];
  const above = curves.flat().filter(([, value]) => value > top);
  if (above.length === 0) return "";
  const peak = above.reduce((one, other) => other[1] > one[1] ? other : one);
  const x = xOf(peak[0], panel);
  const isLeft = x < panel.left + panel.width / 2;
  const tip = panel.top - 9;
  const triangle = `${x},${tip} ${x - 4.5},${tip + 7} ${x + 4.5},${tip + 7}`;
  return `<polygon${
    attributes({ points: triangle, fill: palette.muted, class: "muted" })
  }/>` + label(`up to ${valueText(peak[1], panel.quantity)}`, {
    x: x + (isLeft ? 9 : -9),
    y: panel.top - 3,
    size: 11,
    anchor: isLeft ? "start" : "end",
    tone: "muted",
  });
}

/** The mean over a window centred on each point; at the ends the window is cut. */
export function smooth(spots: readonly Spot[]): Spot[] {
  const reach = Math.max(1, Math.round(spots.length / smoothingWindows / 2));
  const sums = [0];
  for (const [, value] of spots) sums.push(sums[sums.length - 1] + value);
  return spots.map(([x], index) => {
    const from = Math.max(0, index - reach);
    const to = Math.min(spots.length, index + reach + 1);
    return [x, (sums[to] - sums[from]) / (to - from)];
  });
}

export function valueText(value: number, quantity: Quantity): string {
  return quantity === "accuracy"
    ? `${(value * 100).toFixed(1)} %`
    : String(Number(value.toPrecision(3)));
}

export function xOf(at: number, { left, width, x }: Panel): number {
  return left + width * (at - x.from) / (x.to - x.from);
}

export function yOf(value: number, { top, height, y }: Panel): number {
  return top + height * (1 - value / y[y.length - 1]);
}
