/**
 * The learning curves.
 *
 * @module
 */

import {
  drawAxes,
  finalValue,
  type Panel,
  place,
  pointsWithoutSmoothing,
  smooth,
  smoothingWindows,
  type Spot,
  spotsOf,
  xOf,
  yOf,
} from "./_panel.ts";
import { attributes, drawing, label, niceTicks, palette } from "./_svg.ts";

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

type Source = keyof Curves;
const sources: readonly Source[] = ["train", "validation"];
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
