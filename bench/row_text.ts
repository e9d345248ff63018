/**
 * Rows as text.
 *
 * @module
 */
import { formatCount, formatNumber, formatPercent } from "../src/cli/format.ts";
import type { Row } from "./results.ts";
import { median, spread } from "./statistics.ts";

/** The median with its unit, or `unknown`. */
export function valueOf({ samples, unit }: Row): string {
  if (samples.length === 0) return "unknown";
  return `${formatNumber(median(samples))} ${unit}`;
}

/** How far the samples lie apart, or nothing where there are too few. */
export function spreadOf({ samples }: Row): string {
  return samples.length < 2 ? "" : `± ${formatPercent(spread(samples))}`;
}

/** Why there is no value, or the details that fit on a line. */
export function notesOf({ problem, details = {} }: Row): string {
  const notes = Object.entries(details)
    .filter(([, value]) => value !== null && typeof value !== "object")
    .map(([name, value]) =>
      `${name} ${typeof value === "number" ? numberText(name, value) : value}`
    );
  return [...(problem === undefined ? [] : [problem]), ...notes].join(", ");
}

function numberText(name: string, value: number): string {
  if (name.startsWith("share")) return formatPercent(value);
  if (Number.isInteger(value)) return formatCount(value);
  // Errors are far below what three decimals can show.
  return Math.abs(value) < 1e-3 ? value.toExponential(1) : formatNumber(value);
}
