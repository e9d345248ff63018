/**
 * What `--compare` makes of two runs.
 *
 * @module
 */
import { formatNumber, formatPercent, formatTable } from "../src/cli/format.ts";
import type { Terminal } from "../src/cli/terminal.ts";
import { GateError } from "../src/errors.ts";
import { allowedLoss, compareResults } from "./compare.ts";
import type { Results } from "./results.ts";

/**
 * Prints the ratios of two runs.
 *
 * @throws {GateError} if a row became slower than the noise explains, or can no longer be measured.
 */
export function judge(
  runs: { before: Results; after: Results },
  terminal: Pick<Terminal, "line" | "warn">,
): void {
  const { comparisons, lost, warnings } = compareResults(
    runs.before,
    runs.after,
  );
  for (const warning of warnings) terminal.warn(warning);
  const table = formatTable([
    ["before", "now", "", "better by", "noise", ""],
    ...comparisons.map(({ row, before, after, ratio, noise, isRegression }) => [
      formatNumber(before),
      formatNumber(after),
      row.unit,
      `${formatNumber(ratio)}x`,
      `± ${formatPercent(noise)}`,
      `${row.name}${isRegression ? "  REGRESSION" : ""}`,
    ]),
  ], { right: [0, 1, 3, 4] });
  for (const line of table) terminal.line(line);
  const worse = comparisons.filter(({ isRegression }) => isRegression)
    .map(({ row }) => row.name);
  if (worse.length + lost.length === 0) return;
  throw new GateError(
    `${
      [...worse, ...lost].map((name) => `"${name}"`).join(", ")
    } lost more than ${
      formatPercent(allowedLoss)
    } and the noise, or could not be measured: run it again on an idle machine before you look for the cause`,
  );
}
