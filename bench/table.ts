/**
 * A results file as the Markdown table of the README:
 * `deno task bench:table bench/results/FILE.json`.
 *
 * @module
 */
import { formatNumber, formatPercent } from "../src/cli/format.ts";
import { messageOf } from "../src/errors.ts";
import { readResults, type Results, type Row } from "./results.ts";
import { median, spread } from "./statistics.ts";

/** The rows as a Markdown table, with the machine named above it. */
export function markdownTable(results: Results): string {
  const { adapter, machine, deno, date } = results;
  const cells = [
    ["Part", "What", "Median", "Spread", "Samples", "Notes"],
    ["---", "---", "---:", "---:", "---:", "---"],
    ...results.rows.map(cellsOf),
  ];
  const where = `${adapter.description}; ${machine.processor}, ${
    machine.cores ?? "unknown"
  } cores; Deno ${deno}; ${date.slice(0, 10)}`;
  return [
    `Measured on ${where}.`,
    "",
    ...cells.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
}

function cellsOf(row: Row): string[] {
  const isKnown = row.samples.length > 0;
  return [
    row.section,
    row.name,
    isKnown ? `${formatNumber(median(row.samples))} ${row.unit}` : "unknown",
    isKnown ? `± ${formatPercent(spread(row.samples))}` : "",
    isKnown ? String(row.samples.length) : "",
    row.problem ?? notesOf(row),
  ].map((cell) => cell.replaceAll("|", "\\|"));
}

function notesOf({ details = {} }: Row): string {
  return Object.entries(details)
    .filter(([, value]) => value !== null && typeof value !== "object")
    .map(([name, value]) =>
      `${name} ${typeof value === "number" ? formatNumber(value) : value}`
    ).join(", ");
}

if (import.meta.main) {
  const [path] = Deno.args;
  try {
    if (path === undefined) throw new Error("give a results file");
    console.log(markdownTable(await readResults(path)));
  } catch (error) {
    console.error(`error: ${messageOf(error)}`);
    Deno.exit(1);
  }
}
