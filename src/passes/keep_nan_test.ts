import { deepStrictEqual, ok } from "@std/assert";
import { wgslOf } from "../../kernels/kernel.ts";
import { kernelNamed } from "../../kernels/mod.ts";
import { planGraph } from "../plan/mod.ts";
import { keepNan } from "./keep_nan.ts";
import { GraphSketch } from "./testing.ts";

/** A graph with everything in it whose WGSL depends on what a driver makes of NaN. */
function sketched() {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 4, 4, 4]);
  const relu = sketch.unary("relu", x);
  const least = sketch.binary("max", [relu, x]);
  return sketch.finish(sketch.unary("sigmoid", least));
}

const textsOf = (graph: ReturnType<typeof sketched>) =>
  planGraph(graph, { label: "net" }).program.steps.map(({ kernel, variant }) =>
    wgslOf(kernelNamed(kernel), variant).code
  );

Deno.test("keepNan() tells NaN by its bits wherever a driver may lose it, and by no comparison of floats", () => {
  for (const text of textsOf(keepNan(sketched()))) {
    ok(/bitcast<(u32|vec4u)>\(\w+\) & /.test(text), text);
    ok(!/(\w+) != \1/.test(text), text);
  }
});

Deno.test("keepNan() changes no text for those who do not ask for it", () => {
  const texts = textsOf(sketched());
  keepNan(sketched());
  deepStrictEqual(textsOf(sketched()), texts);
  for (const text of texts) ok(!text.includes("bitcast"), text);
});
