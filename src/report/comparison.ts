/**
 * The curves of several runs in one chart.
 *
 * @module
 */

import {
  axisOf,
  type CurvePoint,
  drawCuts,
  drawPanel,
  margin,
  type Panel,
  panelsOf,
  polyline,
  type Quantity,
  smooth,
  type Spot,
  spotsOf,
  valueText,
  xOf,
  yOf,
} from "./_panel.ts";
import { attributes, drawing, label, shortenAll } from "./_svg.ts";
import type { Curves } from "./curves.ts";

/** A run's curves, and its name. */
export interface ComparedRun extends Curves {
  /** Shown beside its number. */
  readonly name: string;
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

const quantities: readonly Quantity[] = ["loss", "accuracy"];

/** More numbers than these find no room beside a chart. */
const numberedRuns = 14;

/** In em of the legend's letters. */
const longestName = 32;

/**
 * Loss and accuracy of several runs, on their validation pictures in full lines
 * and on their training pictures in dashed ones, as an SVG file; below, each
 * run's name and last values. Over epochs where all runs count these, else over
 * steps.
 *
 * @example
 * ```ts
 * import { ok } from "@std/assert";
 * const validation = [{ step: 10, loss: 0.4, accuracy: 0.9 }];
 * ok(comparisonSvg([{ name: "a", train: [], validation }]).startsWith("<svg"));
 * ```
 */
export function comparisonSvg(runs: readonly ComparedRun[]): string {
  const [width, height, lineHeight] = [960, 250, 20];
  const areEpochs = runs.every(({ stepsPerEpoch }) =>
    stepsPerEpoch !== undefined
  );
  const linesOf = (quantity: Quantity): RunLines[] =>
    runs.map(({ train, validation, stepsPerEpoch }) => {
      const axis = axisOf(areEpochs ? stepsPerEpoch : undefined);
      const spots = (points: readonly CurvePoint[]) =>
        spotsOf(points, { quantity, axis });
      return { train: smooth(spots(train)), validation: spots(validation) };
    });
  const lines = { loss: linesOf("loss"), accuracy: linesOf("accuracy") };
  const both = ({ train, validation }: RunLines) => [train, validation];
  const panels = panelsOf({
    loss: lines.loss.flatMap(both),
    accuracy: lines.accuracy.flatMap(both),
  }, {
    width,
    height,
    right: 36,
    name: axisOf(areEpochs ? 1 : undefined).name,
  }).map((panel) => drawRuns(lines[panel.quantity], panel));
  const top = margin.top + height + margin.bottom + lineHeight;
  return drawing([...panels, drawLegend(runs, { top, lineHeight })].join(""), {
    width,
    height: top + (runs.length + 1) * lineHeight,
    title: `Curves of ${runs.map(({ name }) => name).join(", ")}`,
  });
}

interface RunLines {
  readonly train: readonly Spot[];
  readonly validation: readonly Spot[];
}

function drawRuns(lines: readonly RunLines[], panel: Panel): string {
  const body = lines.map(({ train, validation }, run) => {
    const stroke = colorOf(run);
    const faint = { "stroke-width": 1.3, "stroke-dasharray": "4 3" };
    return drawLine(train, { panel, look: { stroke, ...faint } }) +
      drawLine(validation, { panel, look: { stroke } });
  });
  const all = lines.flatMap(({ train, validation }) => [train, validation]);
  const title = panel.quantity === "loss" ? "Loss (cross-entropy)" : "Accuracy";
  return drawPanel(panel, {
    title,
    body: body.join("") + drawCuts(all, panel) + drawNumbers(lines, panel),
  });
}

/** One measurement is a dot. */
function drawLine(
  spots: readonly Spot[],
  { panel, look }: { panel: Panel; look: Record<string, string | number> },
): string {
  if (spots.length !== 1) return polyline(spots, { panel, look });
  const [cx, cy] = [xOf(spots[0][0], panel), yOf(spots[0][1], panel)];
  const isHollow = "stroke-dasharray" in look;
  const fill = isHollow ? "none" : look.stroke;
  return `<circle${attributes({ cx, cy, r: 3, fill, stroke: look.stroke })}/>`;
}

/** Each run's number at the right end of its validation curve, so that colours alone tell nothing. */
function drawNumbers(lines: readonly RunLines[], panel: Panel): string {
  if (lines.length > numberedRuns) return "";
  const apart = 13;
  const highest = panel.y[panel.y.length - 1];
  const ends = lines.flatMap(({ train, validation }, run) => {
    const last = validation.at(-1) ?? train.at(-1);
    return last === undefined
      ? []
      : [{ run, y: yOf(Math.min(last[1], highest), panel) }];
  }).sort((one, other) => one.y - other.y);
  const bottom = panel.top + panel.height;
  let lowest = -Infinity;
  for (const end of ends) {
    end.y = Math.max(end.y, lowest + apart);
    lowest = end.y;
  }
  const outside = Math.max(0, lowest - bottom);
  return ends.map(({ run, y }) =>
    label(`${run + 1}`, {
      x: panel.left + panel.width + 8,
      y: y - outside + 4,
      color: colorOf(run),
      weight: "bold",
    })
  ).join("");
}

function drawLegend(
  runs: readonly ComparedRun[],
  { top, lineHeight }: { top: number; lineHeight: number },
): string {
  const names = shortenAll(runs.map(({ name }) => name), longestName);
  const rows = runs.map((run, index) => {
    const y = top + index * lineHeight;
    return label(`${index + 1}`, {
      x: margin.left - 12,
      y,
      anchor: "end",
      color: colorOf(index),
      weight: "bold",
    }) +
      label([...names[index].split(/(\/)/), `: ${lastValues(run)}`], {
        x: margin.left,
        y,
        color: colorOf(index),
        weight: "bold",
      });
  });
  const note = label("full lines: validation; dashed lines: training", {
    x: margin.left,
    y: top + runs.length * lineHeight,
    size: 11,
    tone: "muted",
  });
  return rows.join("") + note;
}

function lastValues(run: ComparedRun): string {
  const [validation, train] = [run.validation, run.train].map((points) => {
    const texts = quantities.map((quantity) => {
      const spots = spotsOf(points, { quantity, axis: axisOf(undefined) });
      // Of batches, as of pictures, what is usual at the end.
      const last = (points === run.train ? smooth(spots) : spots).at(-1);
      return `${quantity} ${last ? valueText(last[1], quantity) : "-"}`;
    });
    return texts.join(", ");
  });
  return `${validation}; training ${train}`;
}

function colorOf(run: number): string {
  return runColors[run % runColors.length];
}
