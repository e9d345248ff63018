/**
 * Two runs of the benchmark side by side.
 *
 * @module
 */
import { type Results, type Row, type Unit, units } from "./results.ts";
import { median, spread } from "./statistics.ts";

/** Slower by more than this share, beyond the noise, is a regression. */
export const allowedLoss = 0.1;

/** A row that both runs have. */
export interface Comparison {
  /** The row in the newer run. */
  readonly row: Row;
  /** Medians in the row's unit. */
  readonly before: number;
  /** As `before`. */
  readonly after: number;
  /** How many times better it is now: above 1 is better, whatever the unit. */
  readonly ratio: number;
  /** Spread of both runs together, as a share. */
  readonly noise: number;
  /** Whether something of ours lost more than {@linkcode allowedLoss} and the noise explain. */
  readonly isRegression: boolean;
}

/** What {@linkcode compareResults} finds. */
export interface ComparedResults {
  /** Rows measured in both, in the newer run's order. */
  readonly comparisons: readonly Comparison[];
  /** Names of rows the newer run could not measure and the older could. */
  readonly lost: readonly string[];
  /** Why the ratios may say nothing about the code. */
  readonly warnings: readonly string[];
}

/** Compares runs row by row; a row of one of them alone is passed over. */
export function compareResults(
  before: Results,
  after: Results,
): ComparedResults {
  const known = new Map(before.rows.map((row) => [keyOf(row), row]));
  const comparisons: Comparison[] = [];
  const lost: string[] = [];
  for (const row of after.rows) {
    const old = known.get(keyOf(row));
    if (!old || old.samples.length === 0) continue;
    if (row.samples.length === 0) {
      if (!row.isYardstick) lost.push(row.name);
    } else comparisons.push(compareRows(old, row));
  }
  return { comparisons, lost, warnings: differences(before, after) };
}

function keyOf({ section, name, unit }: Row): string {
  return [section, name, unit].join("\n");
}

function compareRows(old: Row, row: Row): Comparison {
  const before = median(old.samples);
  const after = median(row.samples);
  const ratio = betterBy(row.unit, { before, after });
  const noise = spread(old.samples) + spread(row.samples);
  const isRegression = !row.isYardstick && 1 - ratio > allowedLoss + noise;
  return { row, before, after, ratio, noise, isRegression };
}

function betterBy(
  unit: Unit,
  { before, after }: { before: number; after: number },
): number {
  return units[unit] === "higher" ? after / before : before / after;
}

function differences(before: Results, after: Results): string[] {
  const facts = [
    ["adapter", before.adapter.description, after.adapter.description],
    ["processor", before.machine.processor, after.machine.processor],
    ["number of cores", before.machine.cores, after.machine.cores],
    ["Deno", before.deno, after.deno],
  ] as const;
  return facts.filter(([, old, now]) => old !== now)
    .map(([what, old, now]) => `another ${what}: ${old} before, ${now} now`);
}
