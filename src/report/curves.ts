/**
 * The learning curves.
 *
 * @module
 */

import {
  attributes,
  drawing,
  label,
  niceTicks,
  palette,
  shortNumber,
} from "./_svg.ts";

/** What was measured at a step; what was not measured there is left out. */
export interface CurvePoint {
  /** Steps done, 0 or more. */
  readonly step: number;
  /** Mean cross-entropy, in nats. */
  readonly loss?: number;
  /** Share of right answers, 0 to 1. */
  readonly accuracy?: number;
}

/** The points of both curves, by rising step. */
export interface Curves {
  /** Measured on each batch, usually noisy. */
  readonly train: readonly CurvePoint[];
  /** Measured on the validation split. */
  readonly validation: readonly CurvePoint[];
}

/** How the curves are drawn. */
export interface CurvesOptions {
  /** Read by screen readers. */
  readonly title?: string;
  /** In pixels. */
  readonly width?: number;
  /** In pixels. */
  readonly height?: number;
}

type Quantity = "loss" | "accuracy";
type Source = keyof Curves;
type Spot = readonly [step: number, value: number];

interface Panel {
  readonly quantity: Quantity;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly lastStep: number;
  readonly values: readonly number[];
}

const sources: readonly Source[] = ["train", "validation"];
/** More points than this are noise to the eye: a faint line under their running mean. */
const pointsWithoutSmoothing = 80;
const smoothingWindows = 40;
const margin = { left: 52, right: 96, top: 42, bottom: 44 };

/**
 * Loss and accuracy over the steps, side by side, as an SVG file. Values that are not finite are left out.
 * A training curve of many points is drawn as its running mean over a fortieth of them, the raw one faint.
 *
 * @example
 * ```ts
 * import { ok } from "@std/assert";
 * const train = [{ step: 0, loss: 1.6, accuracy: 0.2 }, { step: 100, loss: 0.4, accuracy: 0.9 }];
 * ok(curvesSvg({ train, validation: [] }).startsWith("<svg"));
 * ```
 */
export function curvesSvg(curves: Curves, options: CurvesOptions = {}): string {
  const {
    title = "Loss and accuracy over the steps",
    width = 960,
    height = 340,
  } = options;
  const panelWidth = width / 2 - margin.left - margin.right;
  const points = sources.flatMap((source) => curves[source]);
  const lastStep = points.reduce((last, { step }) => Math.max(last, step), 1);
  const panels = (["loss", "accuracy"] as const).map((quantity, index) =>
    drawPanel(curves, {
      quantity,
      left: index * width / 2 + margin.left,
      top: margin.top,
      width: panelWidth,
      height: height - margin.top - margin.bottom,
      lastStep,
      values: quantity === "accuracy"
        ? [0, 0.2, 0.4, 0.6, 0.8, 1]
        : niceTicks(highestLoss(curves), 5),
    })
  );
  return drawing(panels.join(""), { width, height, title });
}

function highestLoss(curves: Curves): number {
  const losses = sources.flatMap((source) =>
    spotsOf(curves[source], "loss").map(([, loss]) => loss)
  );
  return losses.reduce((highest, loss) => Math.max(highest, loss), 0) || 1;
}

function spotsOf(points: readonly CurvePoint[], quantity: Quantity): Spot[] {
  return points.flatMap((point) => {
    const value = point[quantity];
    return value !== undefined && Number.isFinite(value)
      ? [[point.step, value] as const]
      : [];
  });
}

function drawPanel(curves: Curves, panel: Panel): string {
  const { quantity, left, top, width, height } = panel;
  const lines = sources.map((source) => ({
    source,
    spots: spotsOf(curves[source], quantity),
  }))
    .filter(({ spots }) => spots.length > 0);
  const heading = quantity === "loss" ? "Loss (cross-entropy)" : "Accuracy";
  const parts = [
    label(heading, {
      x: left,
      y: top - 18,
      size: 14,
      weight: "bold",
      color: palette.ink,
      className: "ink",
    }),
    drawAxes(panel),
    ...lines.map(({ source, spots }) => drawLine(spots, { source, panel })),
    drawEnds(lines, panel),
  ];
  if (lines.length === 0) {
    const middle = { x: left + width / 2, y: top + height / 2 };
    parts.push(
      label("nothing measured", {
        ...middle,
        anchor: "middle",
        color: palette.muted,
        className: "muted",
      }),
    );
  }
  return `<g>${parts.join("")}</g>`;
}

function drawAxes(panel: Panel): string {
  const { left, top, width, height, lastStep, values, quantity } = panel;
  const muted = { color: palette.muted, className: "muted" } as const;
  const rules = values.map((value) => {
    const y = yOf(value, panel);
    const rule = {
      x1: left,
      x2: left + width,
      y1: y,
      y2: y,
      stroke: palette.rule,
      class: "rule",
    };
    return `<line${attributes(rule)}/>` +
      label(shown(value, quantity), {
        x: left - 8,
        y: y + 4,
        anchor: "end",
        ...muted,
      });
  });
  const bottom = top + height;
  const steps = niceTicks(lastStep, 5).filter((step) =>
    step <= lastStep && Number.isInteger(step)
  );
  const ticks = steps.map((step) => {
    const x = xOf(step, panel);
    const tick = {
      x1: x,
      x2: x,
      y1: bottom,
      y2: bottom + 4,
      stroke: palette.muted,
      class: "muted-line",
    };
    return `<line${attributes(tick)}/>` +
      label(String(step), { x, y: bottom + 18, anchor: "middle", ...muted });
  });
  const name = label("step", {
    x: left + width / 2,
    y: bottom + 36,
    anchor: "middle",
    ...muted,
  });
  return rules.join("") + ticks.join("") + name;
}

function drawLine(
  spots: readonly Spot[],
  { source, panel }: { source: Source; panel: Panel },
): string {
  const look = {
    fill: "none",
    stroke: palette[source],
    class: `${source}-line`,
    "stroke-linejoin": "round",
  };
  const line = (
    points: readonly Spot[],
    more: Record<string, string | number>,
  ) => {
    const places = points.map((spot) => place(spot, panel)).join(" ");
    return `<polyline${attributes({ points: places, ...look, ...more })}/>`;
  };
  if (spots.length > pointsWithoutSmoothing) {
    return line(spots, { "stroke-width": 1, "stroke-opacity": 0.22 }) +
      line(smooth(spots), { "stroke-width": 2 });
  }
  const dash = source === "validation" ? { "stroke-dasharray": "6 3" } : {};
  const dots = spots.map(([step, value]) => {
    const [cx, cy] = [xOf(step, panel), yOf(value, panel)];
    const dot = { cx, cy, r: 2.4, fill: palette[source], class: source };
    return `<circle${attributes(dot)}/>`;
  });
  return line(spots, { "stroke-width": 2, ...dash }) +
    (spots.length <= smoothingWindows ? dots.join("") : "");
}

/** Each curve's name and last value at its right end, moved apart where they would touch: it is the legend. */
function drawEnds(
  lines: readonly { source: Source; spots: readonly Spot[] }[],
  panel: Panel,
): string {
  const textHeight = 30;
  const ends = lines.map(({ source, spots }) => {
    const line = spots.length > pointsWithoutSmoothing ? smooth(spots) : spots;
    const value = line[line.length - 1][1];
    return { source, value, y: yOf(value, panel) };
  }).sort((one, other) => one.y - other.y);
  if (ends.length === 2) {
    const overlap = Math.max(0, textHeight - (ends[1].y - ends[0].y));
    ends[0].y -= overlap / 2;
    ends[1].y += overlap / 2;
    const bottom = panel.top + panel.height - textHeight / 2;
    const outside = Math.max(0, ends[1].y - bottom);
    for (const end of ends) end.y -= outside;
  }
  const x = panel.left + panel.width + 10;
  return ends.map(({ source, value, y }) => {
    const look = { x, color: palette[source], className: source };
    return label(source, { ...look, y: y - 2 }) +
      label(finalValue(value, panel.quantity), {
        ...look,
        y: y + 13,
        weight: "bold",
      });
  }).join("");
}

/** The mean over a window centred on each point; at the ends the window is cut. */
function smooth(spots: readonly Spot[]): Spot[] {
  const reach = Math.max(1, Math.round(spots.length / smoothingWindows / 2));
  return spots.map(([step], index) => {
    const near = spots.slice(Math.max(0, index - reach), index + reach + 1);
    return [
      step,
      near.reduce((sum, [, value]) => sum + value, 0) / near.length,
    ];
  });
}

function place([step, value]: Spot, panel: Panel): string {
  return `${shortNumber(xOf(step, panel))},${shortNumber(yOf(value, panel))}`;
}

function xOf(step: number, { left, width, lastStep }: Panel): number {
  return left + width * step / lastStep;
}

function yOf(value: number, { top, height, values }: Panel): number {
  return top + height * (1 - value / values[values.length - 1]);
}

function shown(value: number, quantity: Quantity): string {
  return quantity === "accuracy"
    ? `${Math.round(value * 100)} %`
    : String(value);
}

function finalValue(value: number, quantity: Quantity): string {
  return quantity === "accuracy"
    ? `${(value * 100).toFixed(1)} %`
    : String(Number(value.toPrecision(3)));
}
