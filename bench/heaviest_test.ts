import { deepStrictEqual, match, ok } from "@std/assert";
import { plainTuning } from "../src/plan/mod.ts";
import { showHeaviest } from "./heaviest.ts";
import { forwardPrograms } from "./kernel_programs.ts";
import type { Row } from "./results.ts";

Deno.test("showHeaviest() shows ten convolutions, the fastest first, and sums them up", () => {
  const [{ program }] = forwardPrograms(plainTuning);
  const cases = program.steps.map((step) => ({
    ...{ name: step.label, step, bufferBytes: [], uses: new Map() },
  }));
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
  const convolutions = cases.filter(({ step }) => step.kernel === "conv2d");
  for (const line of lines.slice(1)) {
    ok(convolutions.some(({ name }) => line.endsWith(name)), line);
  }
  const [{ name, samples }] = added;
  match(name, /^the 10 heaviest/);
  deepStrictEqual(samples[1] - samples[0], 20);
});
