/**
 * The list of what is kept in `bench/history/`, for its README.
 *
 * @module
 */
import { basename } from "@std/path";
import { formatNumber } from "../src/cli/format.ts";
import type { KeptResults } from "./history.ts";
import { markdownTable } from "./markdown_table.ts";
import { bestForward } from "./model.ts";
import { defaultNets } from "./nets.ts";
import type { Row } from "./results.ts";
import { median } from "./statistics.ts";

/** Columns of trainings, and the rows they are of. */
const trainings = {
  "head, steps/s": "head 2048 to 5, batch 64, SGD",
  "small CNN": "small CNN of 28x28, batch 64, Adam",
  "MobileNet 0.25": "MobileNet 0.25 of 128x128, batch 16, Adam",
  "ResNet-50": "ResNet-50 of 160x160, batch 16, Adam",
} as const;

/** A line for each file, the newest first: images a second of nets, then of trainings. */
export function historyTable(history: readonly KeptResults[]): string {
  const head = [
    "file",
    "cores",
    ...defaultNets,
    ...Object.keys(trainings).map((name) => `training ${name}`),
  ];
  const body = history.toReversed().map(({ path, results }) => [
    `[${basename(path, ".json")}](${basename(path)})`,
    String(results.machine.cores),
    ...defaultNets.map((net) => rate(bestForward(results.rows, net)?.row)),
    ...Object.values(trainings).map((name) =>
      rate(
        results.rows.find((row) =>
          row.section === "training" && row.name === name
        ),
      )
    ),
  ]);
  return markdownTable([head, ...body]);
}

function rate(row: Row | undefined): string {
  return row && row.samples.length > 0 ? formatNumber(median(row.samples)) : "";
}
