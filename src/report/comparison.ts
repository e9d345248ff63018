/**
 * Several runs' learning curves in one chart.
 *
 * @module
 */
import {
  drawAxes,
  finalValue,
  type Panel,
  place,
  type Quantity,
  type Spot,
  spotsOf,
  xOf,
} from "./_panel.ts";
import { attributes, drawing, label, niceTicks, palette } from "./_svg.ts";
import type { CurvePoint } from "./curves.ts";

/** One run's evaluations. */
export interface ComparedRun {
  /** Shown beside its curve. */
  readonly name: string;
  /** Measured on its validation split, by rising step. */
  readonly validation: readonly CurvePoint[];
}

/** Colours of Okabe and Ito, told apart with any kind of colour vision. */
const colours = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#000000",
] as const;

const width = 960;
const panelHeight = 250;
const margin = { left: 52, right: 24, top: 42, bottom: 44 };
const lineHeight = 20;

/**
 * Validation loss and accuracy of several runs over their steps, as an SVG file;
 * below, each run's name and last values.
 *
 * @example
 * ```ts
 * import { ok } from "node:assert/strict";
 * const validation = [{ step: 10, loss: 0.4, accuracy: 0.9 }];
 * ok(comparisonSvg([{ name: "a", validation }]).startsWith("<svg"));
 * ```
 */
export function comparisonSvg(runs: readonly ComparedRun[]): string {
  const points = runs.flatMap(({ validation }) => validation);
  const lastStep = points.reduce((last, { step }) => Math.max(last, step), 1);
  const losses = spotsOf(points, "loss").map(([, loss]) => loss);
  const panels = (["loss", "accuracy"] as const).map((quantity, index) =>
    drawRuns(runs, {
      quantity,
      left: index * width / 2 + margin.left,
      top: margin.top,
      width: width / 2 - margin.left - margin.right,
      height: panelHeight,
      lastStep,
      values: quantity === "accuracy"
        ? [0, 0.2, 0.4, 0.6, 0.8, 1]
        : niceTicks(Math.max(0, ...losses) || 1, 5),
    })
  );
  const top = margin.top + panelHeight + margin.bottom + lineHeight;
  const legend = runs.map((run, index) =>
    drawName(run, { index, y: top + index * lineHeight })
  );
  return drawing([...panels, ...legend].join(""), {
    width,
    height: top + runs.length * lineHeight,
    title: `Validation of ${runs.map(({ name }) => name).join(", ")}`,
  });
}

function drawRuns(runs: readonly ComparedRun[], panel: Panel): string {
  const heading = panel.quantity === "loss"
    ? "Validation loss (cross-entropy)"
    : "Validation accuracy";
  const title = label(heading, {
    x: panel.left,
    y: panel.top - 18,
    size: 14,
    weight: "bold",
    color: palette.ink,
    className: "ink",
  });
  const lines = runs.map(({ validation }, index) =>
    drawLine(spotsOf(validation, panel.quantity), { index, panel })
  );
  return `<g>${title}${drawAxes(panel)}${lines.join("")}</g>`;
}

function drawLine(
  spots: readonly Spot[],
  { index, panel }: { index: number; panel: Panel },
): string {
  const colour = colours[index % colours.length];
  if (spots.length === 1) {
    const [[step]] = spots;
    const [, cy] = place(spots[0], panel).split(",");
    const dot = { cx: xOf(step, panel), cy, r: 3, fill: colour };
    return `<circle${attributes(dot)}/>`;
  }
  return `<polyline${
    attributes({
      points: spots.map((spot) => place(spot, panel)).join(" "),
      fill: "none",
      stroke: colour,
      "stroke-width": 2,
      // More runs than colours are told apart by dashes.
      "stroke-dasharray": index < colours.length ? undefined : "6 3",
      "stroke-linejoin": "round",
    })
  }/>`;
}

function drawName(
  { name, validation }: ComparedRun,
  { index, y }: { index: number; y: number },
): string {
  const last = (quantity: Quantity) => {
    const spot = spotsOf(validation, quantity).at(-1);
    return spot ? finalValue(spot[1], quantity) : "-";
  };
  const text = `${name}: loss ${last("loss")}, accuracy ${last("accuracy")}`;
  const color = colours[index % colours.length];
  return label(text, { x: margin.left, y, color, weight: "bold" });
}
