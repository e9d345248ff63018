/**
 * Loss and accuracy over the steps, of one run and of several beside each other,
 * and the loss over the learning rate.
 *
 * @module
 */

import {
  attributes,
  drawing,
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

/** The points of both curves, by rising step. */
export interface Curves {
  /** Measured on each batch, usually noisy. */
  readonly train: readonly CurvePoint[];
  /** Measured on the validation split. */
  readonly validation: readonly CurvePoint[];
  /** Steps of an epoch, where epochs are what the recipe counts. */
  readonly stepsPerEpoch?: number;
}

type Source = "train" | "validation";
type Quantity = "loss" | "accuracy";
type Spot = readonly [x: number, y: number];

/** Where a chart is in pixels, and what its axes span: x from the first to the last tick or further, y from 0. */
interface Panel {
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
  readonly y: readonly number[];
}

const sources: readonly Source[] = ["train", "validation"];
const margin = { left: 52, top: 42, bottom: 44 };
/** Right of each chart stands what its curves are called. */
const legendWidth = 96;
/** More points than this are noise to the eye: a faint line under their running mean. */
const pointsWithoutSmoothing = 80;
/** Windows of the running mean along a curve. */
const smoothingWindows = 40;

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
export function curvesSvg(curves: Curves): string {
  const [width, height] = [960, 340];
  const points = sources.flatMap((source) => curves[source]);
  const panels = panelsOf(points, {
    width,
    height: height - margin.top - margin.bottom,
    right: legendWidth,
  });
  const body = panels.map((panel) => drawCurves(curves, panel));
  const title = "Loss and accuracy over the steps";
  return drawing(body.join(""), { width, height, title });
}

export interface ComparedRun {
  /** Shown beside its curve. */
  readonly name: string;
  /** Measured on its validation split, by rising step. */
  readonly validation: readonly CurvePoint[];
}

/** Colours of Okabe and Ito, told apart with any kind of colour vision. */
const runColors = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#000000",
] as const;

/**
 * Validation loss and accuracy of several runs over their steps, as an SVG file;
 * below, each run's name and last values.
 *
 * @example
 * ```ts
 * import { ok } from "@std/assert";
 * const validation = [{ step: 10, loss: 0.4, accuracy: 0.9 }];
 * ok(comparisonSvg([{ name: "a", validation }]).startsWith("<svg"));
 * ```
 */
export function comparisonSvg(runs: readonly ComparedRun[]): string {
  const [width, height, lineHeight] = [960, 250, 20];
  const points = runs.flatMap(({ validation }) => validation);
  const panels = panelsOf(points, { width, height, right: 24 }).map((panel) => {
    const title = panel.quantity === "loss"
      ? "Validation loss (cross-entropy)"
      : "Validation accuracy";
    const lines = runs.map(({ validation }, run) =>
      drawRun(spotsOf(validation, panel.quantity), { run, panel })
    );
    return drawPanel(panel, { title, body: lines.join("") });
  });
  const top = margin.top + height + margin.bottom + lineHeight;
  const legend = runs.map((run, index) =>
    label(lastValues(run), {
      x: margin.left,
      y: top + index * lineHeight,
      color: runColors[index % runColors.length],
      weight: "bold",
    })
  );
  return drawing([...panels, ...legend].join(""), {
    width,
    height: top + runs.length * lineHeight,
    title: `Validation of ${runs.map(({ name }) => name).join(", ")}`,
  });
}

/**
 * The loss at each rate, the rates by their logarithm, as an SVG file; a line
 * marks the suggested rate.
 */
export function ratesSvg(
  points: readonly { readonly rate: number; readonly loss: number }[],
  suggestion: number,
): string {
  const [width, height] = [560, 340];
  const spots = points.map(({ rate, loss }): Spot => [Math.log10(rate), loss]);
  const decades = spots.map(([decade]) => decade);
  const from = Math.floor(Math.min(...decades));
  const to = Math.max(from + 1, Math.ceil(Math.max(...decades)));
  const powers = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const panel: Panel = {
    quantity: "loss",
    left: margin.left,
    top: margin.top,
    width: width - margin.left - 24,
    height: height - margin.top - margin.bottom,
    x: {
      name: "learning rate",
      from,
      to,
      ticks: powers.map((power) => [power, `1e${power}`]),
    },
    y: niceTicks(Math.max(...points.map(({ loss }) => loss)), 5),
  };
  const title = `Loss over the learning rate; ${suggestion} is suggested`;
  const x = xOf(Math.log10(suggestion), panel);
  const body = polyline(spots, { panel, look: stroke("train") }) +
    line([x, panel.top], [x, panel.top + panel.height], "validation");
  return drawing(drawPanel(panel, { title, body }), { width, height, title });
}

/** The charts of loss and of accuracy, side by side. */
function panelsOf(
  points: readonly CurvePoint[],
  { width, height, right }: { width: number; height: number; right: number },
): Panel[] {
  const lastStep = points.reduce((last, { step }) => Math.max(last, step), 1);
  const steps = niceTicks(lastStep, 5).filter((step) =>
    step <= lastStep && Number.isInteger(step)
  );
  const highestLoss = spotsOf(points, "loss")
    .reduce((highest, [, loss]) => Math.max(highest, loss), 0);
  return (["loss", "accuracy"] as const).map((quantity, index) => ({
    quantity,
    left: index * width / 2 + margin.left,
    top: margin.top,
    width: width / 2 - margin.left - right,
    height,
    x: {
      name: "step",
      from: 0,
      to: lastStep,
      ticks: steps.map((step) => [step, String(step)]),
    },
    y: quantity === "accuracy"
      ? [0, 0.2, 0.4, 0.6, 0.8, 1]
      : niceTicks(highestLoss || 1, 5),
  }));
}

/** The finite values of one quantity. */
function spotsOf(points: readonly CurvePoint[], quantity: Quantity): Spot[] {
  return points.flatMap((point) => {
    const value = point[quantity];
    return value !== undefined && Number.isFinite(value)
      ? [[point.step, value] as const]
      : [];
  });
}

function drawPanel(
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

function line(from: Spot, to: Spot, tone: Tone): string {
  const ends = { x1: from[0], x2: to[0], y1: from[1], y2: to[1] };
  return `<line${attributes({ ...ends, ...stroke(tone) })}/>`;
}

function drawCurves(curves: Curves, panel: Panel): string {
  const { quantity, left, top, width, height } = panel;
  const lines = sources.map((source) => ({
    source,
    spots: spotsOf(curves[source], quantity),
  })).filter(({ spots }) => spots.length > 0);
  const body = lines.length === 0
    ? label("nothing measured", {
      x: left + width / 2,
      y: top + height / 2,
      anchor: "middle",
      tone: "muted",
    })
    : lines.map((line) => drawCurve(line, panel)).join("") +
      drawEnds(lines, panel);
  const title = quantity === "loss" ? "Loss (cross-entropy)" : "Accuracy";
  return drawPanel(panel, { title, body });
}

interface Line {
  readonly source: Source;
  readonly spots: readonly Spot[];
}

function drawCurve({ source, spots }: Line, panel: Panel): string {
  const look = stroke(source);
  if (spots.length > pointsWithoutSmoothing) {
    const faint = { ...look, "stroke-width": 1, "stroke-opacity": 0.22 };
    return polyline(spots, { panel, look: faint }) +
      polyline(smooth(spots), { panel, look });
  }
  const dash = source === "validation" ? { "stroke-dasharray": "6 3" } : {};
  const dots = spots.length > smoothingWindows ? [] : spots.map((spot) => {
    const [cx, cy] = [xOf(spot[0], panel), yOf(spot[1], panel)];
    const dot = { cx, cy, r: 2.4, fill: palette[source], class: source };
    return `<circle${attributes(dot)}/>`;
  });
  return polyline(spots, { panel, look: { ...look, ...dash } }) + dots.join("");
}

function drawRun(
  spots: readonly Spot[],
  { run, panel }: { run: number; panel: Panel },
): string {
  const color = runColors[run % runColors.length];
  if (spots.length === 1) {
    const [cx, cy] = [xOf(spots[0][0], panel), yOf(spots[0][1], panel)];
    return `<circle${attributes({ cx, cy, r: 3, fill: color })}/>`;
  }
  // More runs than colours are told apart by dashes.
  const dash = run < runColors.length ? {} : { "stroke-dasharray": "6 3" };
  return polyline(spots, { panel, look: { stroke: color, ...dash } });
}

function polyline(
  spots: readonly Spot[],
  { panel, look }: { panel: Panel; look: Record<string, string | number> },
): string {
  const points = spots.map(([x, y]) =>
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

/** Each curve's name and last value at its right end, moved apart where they would touch: it is the legend. */
function drawEnds(lines: readonly Line[], panel: Panel): string {
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
  return ends.map(({ source, value, y }) =>
    label(source, { x, y: y - 2, tone: source }) +
    label(valueText(value, panel.quantity), {
      x,
      y: y + 13,
      tone: source,
      weight: "bold",
    })
  ).join("");
}

function lastValues({ name, validation }: ComparedRun): string {
  const last = (quantity: Quantity) => {
    const spot = spotsOf(validation, quantity).at(-1);
    return spot ? valueText(spot[1], quantity) : "-";
  };
  return `${name}: loss ${last("loss")}, accuracy ${last("accuracy")}`;
}

function valueText(value: number, quantity: Quantity): string {
  return quantity === "accuracy"
    ? `${(value * 100).toFixed(1)} %`
    : String(Number(value.toPrecision(3)));
}

function xOf(at: number, { left, width, x }: Panel): number {
  return left + width * (at - x.from) / (x.to - x.from);
}

function yOf(value: number, { top, height, y }: Panel): number {
  return top + height * (1 - value / y[y.length - 1]);
}
