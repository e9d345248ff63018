/**
 * The convolutions that take most of the arithmetic, each beside the ceiling.
 *
 * @module
 */
import { stepCost } from "../kernels/mod.ts";
import { formatNumber, formatPercent, formatTable } from "../src/cli/format.ts";
import type { KernelCase } from "./kernel_cases.ts";
import type { Row } from "./results.ts";
import { arithmeticCeiling } from "./roofline.ts";
import type { BenchContext } from "./section.ts";
import { median } from "./statistics.ts";

/** How many are shown. */
const shown = 10;

interface Heavy {
  readonly row: Row;
  readonly gflops: number;
}

/** Prints the heaviest, the worst of them last, and adds a row of them all. */
export function showHeaviest(
  cases: readonly KernelCase[],
  { rows, terminal, add }: Pick<BenchContext, "rows" | "terminal" | "add">,
): void {
  const heaviest = measuredCases(cases, rows);
  if (heaviest.length === 0) return;
  const ceiling = arithmeticCeiling(rows);
  const share = (gflops: number) =>
    ceiling === undefined ? "" : formatPercent(gflops / ceiling);
  const table = formatTable([
    ["ms", "GFLOP/s", "of ceiling", "the heaviest convolutions"],
    ...heaviest.map(({ row, gflops }) => [
      formatNumber(median(row.samples)),
      formatNumber(gflops),
      share(gflops),
      row.name,
    ]),
  ], { right: [0, 1, 2] });
  for (const line of table) terminal.line(line);
  const least = Math.min(...heaviest.map(({ gflops }) => gflops));
  const rounds = heaviest[0].row.samples.length;
  add({
    section: "kernels",
    name: `the ${heaviest.length} heaviest convolutions`,
    unit: "ms",
    samples: Array.from(
      { length: rounds },
      (_, round) =>
        heaviest.reduce((sum, { row }) => sum + row.samples[round], 0),
    ),
    warmUp: 1,
    details: {
      "least GFLOP/s": least,
      "share of ceiling, the least": ceiling === undefined
        ? null
        : least / ceiling,
    },
  });
}

function measuredCases(
  cases: readonly KernelCase[],
  rows: readonly Row[],
): Heavy[] {
  const flopsOf = ({ step }: KernelCase) => stepCost(step).flops;
  return cases.filter(({ step }) => step.kernel === "conv2d")
    .toSorted((a, b) => flopsOf(b) - flopsOf(a))
    .slice(0, shown)
    .flatMap((each) => {
      const row = rows.find(({ name }) => name === each.name);
      return row && row.samples.length > 0
        ? [{ row, gflops: flopsOf(each) / median(row.samples) / 1e6 }]
        : [];
    })
    .sort((a, b) => b.gflops - a.gflops);
}
