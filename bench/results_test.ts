import { deepStrictEqual, rejects, strictEqual, throws } from "@std/assert";
import { InputError } from "../src/errors.ts";
import { parseResults, readResults } from "./results.ts";
import { markdownTable } from "./table.ts";

const whole = {
  format: "espalier-bench",
  version: 1,
  date: "2026-01-02T03:04:05.000Z",
  deno: "2.9.6",
  commit: null,
  machine: { processor: "a|b", cores: 2, memoryBytes: 1, system: "linux" },
  adapter: { description: "an adapter" },
  rows: [
    {
      section: "model",
      name: "forward",
      unit: "images/s",
      samples: [1, 2, 3],
      warmUp: 1,
      details: { batch: 16, variant: "v", tried: { a: 1 } },
    },
    {
      section: "peers",
      name: "forward, other|engine",
      unit: "images/s",
      samples: [],
      warmUp: 0,
      problem: "it ended with exit code 1",
    },
  ],
};

Deno.test("parseResults() reads what was written", () => {
  deepStrictEqual(parseResults(JSON.stringify(whole), "a.json"), whole);
});

Deno.test("parseResults() refuses another file by name", () => {
  const others = [
    "",
    "[]",
    "{}",
    JSON.stringify({ ...whole, version: 2 }),
    JSON.stringify({ ...whole, rows: [{}] }),
    JSON.stringify({
      ...whole,
      rows: [{ ...whole.rows[0], unit: "toString" }],
    }),
    JSON.stringify({ ...whole, rows: [{ ...whole.rows[0], samples: ["1"] }] }),
  ];
  for (const text of others) {
    throws(
      () => parseResults(text, "a.json"),
      new InputError(
        '"a.json" holds no results of this benchmark: give a file that bench --json wrote',
      ),
      text,
    );
  }
});

Deno.test("readResults() says which file is missing", async () => {
  await rejects(readResults("no/such.json"), /no\/such\.json/);
});

Deno.test("markdownTable() has a line for each row, known or not, and names the machine", () => {
  const results = parseResults(JSON.stringify(whole), "a.json");
  strictEqual(
    markdownTable(results),
    [
      "Measured on an adapter; a|b, 2 cores; Deno 2.9.6; 2026-01-02.",
      "",
      "| Part | What | Median | Spread | Samples | Notes |",
      "| --- | --- | ---: | ---: | ---: | --- |",
      "| model | forward | 2.00 images/s | ± 50.0 % | 3 | batch 16, variant v |",
      "| peers | forward, other\\|engine | unknown |  |  | it ended with exit code 1 |",
    ].join("\n"),
  );
});
