import { deepStrictEqual, strictEqual } from "@std/assert";
import { tensorOf } from "../graph/ir.ts";
import { runOnCpu } from "../plan/testing.ts";
import { foldConstants } from "./fold_constants.ts";
import { assertSameResults, GraphSketch, opsOf } from "./testing.ts";

Deno.test("foldConstants() evaluates what depends on no input", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 3]);
  const variance = sketch.constant([3], new Float32Array([1, 4, 0.25]));
  const scale = sketch.binary("mul", [
    sketch.unary("rsqrt", variance),
    sketch.constant([], new Float32Array([2])),
  ]);
  const before = sketch.finish(sketch.binary("mul", [x, scale]));
  const after = foldConstants(before);
  deepStrictEqual(opsOf(after), ["binary"]);
  const folded = tensorOf(after, scale).constant?.read();
  deepStrictEqual(folded, new Float32Array([2, 1, 4]));
  assertSameResults(before, after);
});

Deno.test("foldConstants() evaluates once, and only when a value is read", () => {
  let reads = 0;
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3]);
  const counted = sketch.constant([3]);
  const relu = sketch.unary("relu", counted);
  const graph = sketch.finish(sketch.binary("add", [x, relu]));
  const constant = {
    read() {
      reads++;
      return new Float32Array([-1, 0, 1]);
    },
  };
  const tensors = new Map(graph.tensors)
    .set(counted, { ...tensorOf(graph, counted), constant });
  const after = foldConstants({ ...graph, tensors });
  strictEqual(reads, 0);
  const folded = tensorOf(after, relu).constant;
  folded?.read();
  deepStrictEqual(folded?.read(), new Float32Array([0, 0, 1]));
  strictEqual(reads, 1);
});

Deno.test("foldConstants() makes a constant of an output that depends on nothing", () => {
  const sketch = new GraphSketch();
  const ones = sketch.constant([2], new Float32Array([1, -1]));
  const after = foldConstants(sketch.finish(sketch.unary("relu", ones)));
  deepStrictEqual(opsOf(after), []);
  deepStrictEqual(runOnCpu(after, {}), [new Float32Array([1, 0])]);
});

Deno.test("foldConstants() drops what no output needs", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 3]);
  const y = sketch.bias(x);
  sketch.conv(x, { channels: 3 });
  const after = foldConstants(sketch.finish(y));
  deepStrictEqual(opsOf(after), ["binary"]);
  strictEqual(after.tensors.size, 3);
});
