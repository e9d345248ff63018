import { deepStrictEqual, rejects, strictEqual, throws } from "@std/assert";
import { InputError } from "../src/errors.ts";
import { parseResults, readResults } from "./results.ts";
import { wholeTable } from "./table.ts";

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
      name: "forward of a net, other|engine",
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

Deno.test("parseResults() calls the rows of old files by their names of today", () => {
  const names = [
    ["forward, batch 8", "forward of inception-v3, batch 8"],
    ["scratch memory, batch 1", "scratch memory of inception-v3, batch 1"],
    [
      "first features, warm shader cache",
      "first features of inception-v3, warm shader cache",
    ],
    [
      "extraction from JPEG files",
      "extraction from JPEG files, inception-v3",
    ],
  ];
  const [row] = whole.rows;
  const rowsOf = (at: 0 | 1) =>
    names.map((pair) => ({ ...row, name: pair[at] }));
  const { rows } = parseResults(
    JSON.stringify({ ...whole, rows: [...rowsOf(0), ...rowsOf(1)] }),
    "a.json",
  );
  deepStrictEqual(rows, [...rowsOf(1), ...rowsOf(1)]);
  const peers = { ...row, section: "peers", name: "forward, ours to x" };
  const old = { ...whole, rows: [peers] };
  const [{ name }] = parseResults(JSON.stringify(old), "a.json").rows;
  strictEqual(name, "forward of inception-v3, ours to x");
});

Deno.test("parseResults() refuses another file by name", () => {
  const [row] = whole.rows;
  for (
    const [text, problem] of [
      ["", " is not JSON"],
      ["[]", ': "format" is missing'],
      [
        JSON.stringify({ ...whole, version: 2 }),
        ': "version" is 2, expected 1',
      ],
      [
        JSON.stringify({ ...whole, rows: [{}] }),
        ': "rows.0.section" is missing',
      ],
      [
        JSON.stringify({ ...whole, rows: [{ ...row, unit: "toString" }] }),
        ': "rows.0.unit" is "toString", expected one of GFLOP/s, GB/s, images/s, steps/s, times, ms, s, MB',
      ],
      [
        JSON.stringify({ ...whole, rows: [{ ...row, samples: ["1"] }] }),
        ': "rows.0.samples.0" is "1", expected a number',
      ],
    ]
  ) {
    throws(
      () => parseResults(text, "a.json"),
      new InputError(
        `a.json${problem}; give a file that bench --json wrote`,
      ),
      text,
    );
  }
});

Deno.test("readResults() says which file is missing", async () => {
  await rejects(readResults("no/such.json"), /no\/such\.json/);
});

Deno.test("wholeTable() has a line for each row, known or not, and names the machine", () => {
  const results = parseResults(JSON.stringify(whole), "a.json");
  const lines = wholeTable(results).split("\n");
  const cells = lines.slice(2).map((line) =>
    line.slice(1, -1).split(" | ").map((cell) => cell.trim())
  );
  deepStrictEqual(lines.slice(0, 2), [
    "Measured on an adapter; a|b, 2 cores; Deno 2.9.6; 2026-01-02.",
    "",
  ]);
  deepStrictEqual([cells[0], ...cells.slice(2)], [
    ["Part", "What", "Median", "Spread", "Samples", "Notes"],
    [
      ...["model", "forward", "2.00 images/s", "± 50.0 %", "3"],
      "batch 16, variant v",
    ],
    [
      ...["peers", "forward of a net, other\\|engine", "unknown", "", ""],
      "it ended with exit code 1",
    ],
  ]);
});
