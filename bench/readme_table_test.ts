import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { basename } from "@std/path";
import { readHistory, readmeResults } from "./history.ts";
import { historyTable } from "./history_table.ts";
import { withText } from "./markdown_table.ts";
import { readmeTable, readmeText } from "./readme_table.ts";

const history = await readHistory();
const newest = readmeResults(history);

/** Lines are broken where `deno fmt` breaks them. */
function words(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, import.meta.url));
}

Deno.test("README.md says of speed what the newest results say", async () => {
  const readme = await readText("../README.md");
  strictEqual(
    words(readme),
    words(withText(readme, readmeText(newest))),
    "run `deno task bench:table --write`",
  );
});

Deno.test("bench/history/README.md lists all that is kept, as the files say it", async () => {
  const readme = await readText("history/README.md");
  ok(
    words(readme) === words(withText(readme, historyTable(history))),
    "run `deno task bench:table --write`",
  );
  for (const { path } of history) ok(readme.includes(basename(path)));
});

Deno.test("readmeTable() finds the rows by their names, of old files too", () => {
  const table = readmeTable(newest.results);
  strictEqual(table.match(/unknown|NaN|undefined/), null);
  match(table, /Inception-v3, forward .* images\/s, [\d.]+ % of the ceiling/);
  match(table, /training a small CNN .* images\/s/);
});

Deno.test("readmeTable() leaves out what was not measured", () => {
  deepStrictEqual(readmeTable({ rows: [] }).split("\n"), [
    "| what | measured |",
    "| ---- | -------- |",
  ]);
});
