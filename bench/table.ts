/**
 * A results file as Markdown: the table of README.md, or with `--all` every row.
 * `deno task bench:table [FILE] [--all]`, FILE the newest that is kept;
 * `deno task bench:table --write` writes it into README.md, and the list of all
 * files into that of the history.
 *
 * @module
 */
import { replaceFile } from "../src/bytes/mod.ts";
import { messageOf } from "../src/errors.ts";
import { readHistory, readmeResults } from "./history.ts";
import { historyTable } from "./history_table.ts";
import { markdownTable, withText } from "./markdown_table.ts";
import { readmeTable, readmeText } from "./readme_table.ts";
import { readResults, type Results, type Row } from "./results.ts";
import { notesOf, spreadOf, valueOf } from "./row_text.ts";

/** All rows as a table, with the machine named above it. */
export function wholeTable(results: Results): string {
  const { adapter, machine, deno, date } = results;
  const where =
    `${adapter.description}; ${machine.processor}, ${machine.cores} cores; Deno ${deno}; ${
      date.slice(0, 10)
    }`;
  const head = ["Part", "What", "Median", "Spread", "Samples", "Notes"];
  return [
    `Measured on ${where}.`,
    "",
    markdownTable([head, ...results.rows.map(cellsOf)]),
  ].join("\n");
}

function cellsOf(row: Row): string[] {
  const { section, name, samples } = row;
  const count = samples.length === 0 ? "" : String(samples.length);
  return [section, name, valueOf(row), spreadOf(row), count, notesOf(row)]
    .map((cell) => cell.replaceAll("|", "\\|"));
}

/** Puts into the README files what the history says. */
async function write(): Promise<void> {
  const history = await readHistory();
  const texts = {
    "../README.md": readmeText(readmeResults(history)),
    "history/README.md": historyTable(history),
  };
  for (const [name, text] of Object.entries(texts)) {
    const path = new URL(name, import.meta.url).pathname;
    await replaceFile(path, withText(await Deno.readTextFile(path), text));
  }
}

async function print(args: readonly string[]): Promise<void> {
  const [path] = args.filter((arg) => arg !== "--all");
  const results = path === undefined
    ? readmeResults(await readHistory()).results
    : await readResults(path);
  const table = args.includes("--all") ? wholeTable : readmeTable;
  console.log(table(results));
}

if (import.meta.main) {
  try {
    await (Deno.args.includes("--write") ? write() : print(Deno.args));
  } catch (error) {
    console.error(`error: ${messageOf(error)}`);
    Deno.exit(1);
  }
}
