/** What the charts of learning curves share: a panel with axes, and where points are in it. */
import { attributes, label, niceTicks, palette, shortNumber } from "./_svg.ts";
import type { CurvePoint } from "./curves.ts";

/** What is measured. */
export type Quantity = "loss" | "accuracy";
/** A measured value. */
export type Spot = readonly [step: number, value: number];

/** Where a chart is, and what its axes span. */
export interface Panel {
  readonly quantity: Quantity;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly lastStep: number;
  readonly values: readonly number[];
}

/** More points than this are noise to the eye: a faint line under their running mean. */
export const pointsWithoutSmoothing = 80;
/** Windows of the running mean along a curve. */
export const smoothingWindows = 40;

/** The finite values of one quantity. */
export function spotsOf(
  points: readonly CurvePoint[],
  quantity: Quantity,
): Spot[] {
  return points.flatMap((point) => {
    const value = point[quantity];
    return value !== undefined && Number.isFinite(value)
      ? [[point.step, value] as const]
      : [];
  });
}

/** Rules, ticks and their numbers. */
export function drawAxes(panel: Panel): string {
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

/** The mean over a window centred on each point; at the ends the window is cut. */
export function smooth(spots: readonly Spot[]): Spot[] {
  const reach = Math.max(1, Math.round(spots.length / smoothingWindows / 2));
  return spots.map(([step], index) => {
    const near = spots.slice(Math.max(0, index - reach), index + reach + 1);
    return [
      step,
      near.reduce((sum, [, value]) => sum + value, 0) / near.length,
    ];
  });
}

/** A point as a polyline takes it. */
export function place([step, value]: Spot, panel: Panel): string {
  return `${shortNumber(xOf(step, panel))},${shortNumber(yOf(value, panel))}`;
}

/** Pixels from the left. */
export function xOf(step: number, { left, width, lastStep }: Panel): number {
  return left + width * step / lastStep;
}

/** Pixels from the top. */
export function yOf(value: number, { top, height, values }: Panel): number {
  return top + height * (1 - value / values[values.length - 1]);
}

export function shown(value: number, quantity: Quantity): string {
  return quantity === "accuracy"
    ? `${Math.round(value * 100)} %`
    : String(value);
}

/** A curve's last value as its label shows it. */
export function finalValue(value: number, quantity: Quantity): string {
  return quantity === "accuracy"
    ? `${(value * 100).toFixed(1)} %`
    : String(Number(value.toPrecision(3)));
}
