import { deepStrictEqual, match, ok } from "@std/assert";
import { readmeTable } from "./readme_table.ts";
import { readResults } from "./results.ts";

const kept = await readResults(
  new URL("history/2026-11-22-04fa0d6-llvmpipe.json", import.meta.url).pathname,
);

Deno.test("the README's table of speeds is that of the results that are kept", async () => {
  const readme = await Deno.readTextFile(
    new URL("../README.md", import.meta.url),
  );
  ok(
    readme.includes(`\n${readmeTable(kept)}\n`),
    "write what `deno task bench:table bench/history/2026-11-22-04fa0d6-llvmpipe.json` prints into README.md",
  );
});

Deno.test("readmeTable() knows every row by the name it is kept under, training and files too", () => {
  const table = readmeTable(kept);
  deepStrictEqual(table.match(/unknown|NaN/), null);
  match(table, /features of JPEG files.*images\/s.* of forward alone/);
  match(table, /training MobileNet.*images\/s, [\d.]+ times/);
});

Deno.test("readmeTable() says what was not measured", () => {
  const table = readmeTable({ ...kept, rows: [] });
  match(table, /training a head, 2048 to 5, batch 64 +\| unknown/);
});
