import { deepStrictEqual, match, ok } from "@std/assert";
import { plainTuning } from "../src/plan/mod.ts";
import { showHeaviest } from "./heaviest.ts";
import { kernelCases } from "./kernel_cases.ts";
import type { Row } from "./results.ts";

Deno.test("showHeaviest() shows ten convolutions, the fastest first, and sums them up", () => {
  const cases = kernelCases(plainTuning);
  const rows: Row[] = cases.map(({ name }, index) => ({
    section: "kernels",
    name,
    unit: "ms",
    samples: [10 + index, 12 + index],
    warmUp: 1,
  }));
  const lines: string[] = [];
  const added: Row[] = [];
  const terminal = {
    line: (text: string) => void lines.push(text),
    note() {},
    warn() {},
    progress: () => {
      throw new Error("no progress is shown");
    },
  };
  showHeaviest(cases, { rows, terminal, add: (row) => void added.push(row) });
  const rates = lines.slice(1).map((line) =>
    Number(line.trim().split(/\s+/)[1].replaceAll(",", ""))
  );
  deepStrictEqual(rates.length, 10);
  deepStrictEqual(rates, rates.toSorted((a, b) => b - a));
  ok(lines.slice(1).every((line) => line.includes("conv2d 8 of ")));
  const [{ name, samples }] = added;
  match(name, /^the 10 heaviest/);
  deepStrictEqual(samples[1] - samples[0], 20);
});
