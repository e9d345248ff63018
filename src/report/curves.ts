/**
 * Loss and accuracy over a training, and the loss over the learning rate.
 *
 * @module
 */

import {
  axisOf,
  type CurvePoint,
  drawCuts,
  drawPanel,
  line,
  lossTicks,
  margin,
  type Panel,
  panelsOf,
  polyline,
  type Quantity,
  smooth,
  smoothingWindows,
  type Spot,
  spotsOf,
  valueText,
  xOf,
  yOf,
} from "./_panel.ts";
import { attributes, drawing, label, palette, stroke } from "./_svg.ts";

export type { CurvePoint };

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

const sources: readonly Source[] = ["train", "validation"];
/** Right of each chart stands what its curves are called. */
const legendWidth = 96;
/** More points than this are noise to the eye: a faint line under their running mean. */
const pointsWithoutSmoothing = 80;

/**
 * Loss and accuracy over the steps or epochs, side by side, as an SVG file. Values that are not finite are
 * left out. A training curve of many points is drawn as its running mean over a fortieth of them, the raw one
 * faint. A few losses far above all others, as those of the first steps can be, are cut off and a mark says so.
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
  const axis = axisOf(curves.stepsPerEpoch);
  const linesOf = (quantity: Quantity): Line[] =>
    sources.map((source) => ({
      source,
      spots: spotsOf(curves[source], { quantity, axis }),
    })).filter(({ spots }) => spots.length > 0);
  const lines = { loss: linesOf("loss"), accuracy: linesOf("accuracy") };
  const panels = panelsOf({
    loss: lines.loss.map(({ spots }) => spots),
    accuracy: lines.accuracy.map(({ spots }) => spots),
  }, {
    width,
    height: height - margin.top - margin.bottom,
    right: legendWidth,
    name: axis.name,
  });
  const body = panels.map((panel) => drawCurves(lines[panel.quantity], panel));
  const title = `Loss and accuracy over the ${axis.name}s`;
  return drawing(body.join(""), { width, height, title });
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
    y: lossTicks([spots]),
  };
  const title = `Loss over the learning rate; ${suggestion} is suggested`;
  const x = xOf(Math.log10(suggestion), panel);
  const body = polyline(spots, { panel, look: stroke("train") }) +
    line([x, panel.top], [x, panel.top + panel.height], "validation") +
    drawCuts([spots], panel);
  return drawing(drawPanel(panel, { title, body }), { width, height, title });
}

interface Line {
  readonly source: Source;
  readonly spots: readonly Spot[];
}

function drawCurves(lines: readonly Line[], panel: Panel): string {
  const { quantity, left, top, width, height } = panel;
  const body = lines.length === 0
    ? label("nothing measured", {
      x: left + width / 2,
      y: top + height / 2,
      anchor: "middle",
      tone: "muted",
    })
    : lines.map((line) => drawCurve(line, panel)).join("") +
      drawCuts(lines.map(({ spots }) => spots), panel) +
      drawEnds(lines, panel);
  const title = quantity === "loss" ? "Loss (cross-entropy)" : "Accuracy";
  return drawPanel(panel, { title, body });
}

function drawCurve({ source, spots }: Line, panel: Panel): string {
  const look = stroke(source);
  if (spots.length > pointsWithoutSmoothing) {
    const faint = { ...look, "stroke-width": 1, "stroke-opacity": 0.22 };
    return polyline(spots, { panel, look: faint }) +
      polyline(smooth(spots), { panel, look });
  }
  const dash = source === "validation" ? { "stroke-dasharray": "6 3" } : {};
  const shown = spots.filter(([, value]) =>
    value <= panel.y[panel.y.length - 1]
  );
  const dots = spots.length > smoothingWindows ? [] : shown.map((spot) => {
    const [cx, cy] = [xOf(spot[0], panel), yOf(spot[1], panel)];
    const dot = { cx, cy, r: 2.4, fill: palette[source], class: source };
    return `<circle${attributes(dot)}/>`;
  });
  return polyline(spots, { panel, look: { ...look, ...dash } }) + dots.join("");
}

/** Each curve's name and last value at its right end, moved apart where they would touch: it is the legend. */
function drawEnds(lines: readonly Line[], panel: Panel): string {
  const textHeight = 30;
  const highest = panel.y[panel.y.length - 1];
  const ends = lines.map(({ source, spots }) => {
    const line = spots.length > pointsWithoutSmoothing ? smooth(spots) : spots;
    const value = line[line.length - 1][1];
    return { source, value, y: yOf(Math.min(value, highest), panel) };
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
