/**
 * A results file as Markdown: the README's table, or with `--all` every row.
 * `deno task bench:table bench/history/FILE.json [--all]`.
 *
 * @module
 */
import { messageOf } from "../src/errors.ts";
import { readmeTable } from "./readme_table.ts";
import { readResults, type Results, type Row } from "./results.ts";
import { notesOf, spreadOf, valueOf } from "./row_text.ts";

/** The rows as a Markdown table, with the machine named above it. */
export function markdownTable(results: Results): string {
  const { adapter, machine, deno, date } = results;
  const cells = [
    ["Part", "What", "Median", "Spread", "Samples", "Notes"],
    ["---", "---", "---:", "---:", "---:", "---"],
    ...results.rows.map(cellsOf),
  ];
  const where =
    `${adapter.description}; ${machine.processor}, ${machine.cores} cores; Deno ${deno}; ${
      date.slice(0, 10)
    }`;
  return [
    `Measured on ${where}.`,
    "",
    ...cells.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
}

function cellsOf(row: Row): string[] {
  const { section, name, samples } = row;
  const count = samples.length === 0 ? "" : String(samples.length);
  return [section, name, valueOf(row), spreadOf(row), count, notesOf(row)]
    .map((cell) => cell.replaceAll("|", "\\|"));
}

if (import.meta.main) {
  const [path] = Deno.args.filter((arg) => arg !== "--all");
  const table = Deno.args.includes("--all") ? markdownTable : readmeTable;
  try {
    if (path === undefined) throw new Error("give a results file");
    console.log(table(await readResults(path)));
  } catch (error) {
    console.error(`error: ${messageOf(error)}`);
    Deno.exit(1);
  }
}
