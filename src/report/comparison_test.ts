import { match, ok, strictEqual } from "@std/assert";
import { comparisonSvg } from "./comparison.ts";

const validation = [
  { step: 10, loss: 1, accuracy: 0.5 },
  { step: 20, loss: 0.5, accuracy: 0.75 },
];

Deno.test("comparisonSvg() draws two curves a run and names each with its last values", () => {
  const svg = comparisonSvg([
    { name: "scratch", validation },
    { name: "<moved>", validation: validation.toReversed() },
  ]);
  strictEqual(svg.match(/<polyline/g)?.length, 4);
  match(svg, /scratch: loss 0\.5, accuracy 75\.0 %/);
  match(svg, /&lt;moved&gt;: loss 1, accuracy 50\.0 %/);
});

Deno.test("comparisonSvg() draws one evaluation as a dot, and none as nothing", () => {
  const svg = comparisonSvg([
    { name: "one", validation: validation.slice(0, 1) },
    { name: "none", validation: [] },
  ]);
  strictEqual(svg.match(/<circle/g)?.length, 2);
  ok(svg.includes("none: loss -, accuracy -"));
  ok(!svg.includes("NaN"));
});
