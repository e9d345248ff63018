import { match, ok, strictEqual } from "@std/assert";
import { assertWellFormed, awkwardLabels } from "./_xml_testing.ts";
import { comparisonSvg } from "./comparison.ts";

const validation = [
  { step: 10, loss: 1, accuracy: 0.5 },
  { step: 20, loss: 0.5, accuracy: 0.75 },
];
const train = [
  { step: 10, loss: 0.9, accuracy: 0.6 },
  { step: 20, loss: 0.3, accuracy: 1 },
];

Deno.test("comparisonSvg() draws validation in full and training in dashed lines, and names each run with its last values", () => {
  const svg = comparisonSvg([
    { name: "scratch", train, validation },
    { name: "<moved>", train: [], validation: validation.toReversed() },
  ]);
  strictEqual(svg.match(/<polyline/g)?.length, 6);
  strictEqual(svg.match(/stroke-dasharray/g)?.length, 2);
  match(svg, /scratch: loss 0\.5, accuracy 75\.0 %; training loss 0\.\d+, acc/);
  match(svg, /&lt;moved&gt;: loss 1, accuracy 50\.0 %; training loss -,/);
});

Deno.test("comparisonSvg() draws one evaluation as a dot, and none as nothing", () => {
  const svg = comparisonSvg([
    { name: "one", train: [], validation: validation.slice(0, 1) },
    { name: "none", train: [], validation: [] },
  ]);
  strictEqual(svg.match(/<circle/g)?.length, 2);
  ok(svg.includes("none: loss -, accuracy -"));
  ok(!svg.includes("NaN"));
});

Deno.test("comparisonSvg() counts epochs where all runs do, each with its own steps", () => {
  const run = { name: "a", train, validation };
  const epochs = comparisonSvg([
    { ...run, stepsPerEpoch: 10 },
    { ...run, stepsPerEpoch: 2 },
  ]);
  ok(epochs.includes(">epoch<") && epochs.includes(">10<"));
  ok(comparisonSvg([{ ...run, stepsPerEpoch: 10 }, run]).includes(">step<"));
});

Deno.test("comparisonSvg() keeps the names of many runs apart, and is well-formed whatever they are", () => {
  const runs = Array.from({ length: 30 }, (_, index) => ({
    name: `/a/long/path/to/the/folder/of/runs/number-${index}/of/them/all`,
    train,
    validation,
  }));
  const svg = comparisonSvg(runs);
  const names = Array.from(svg.matchAll(/>([^<]*): loss/g), ([, name]) => name);
  strictEqual(new Set(names).size, 30);
  assertWellFormed(
    comparisonSvg(awkwardLabels.map((name) => ({ name, train, validation }))),
  );
});
