import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { testSession, testValues } from "../../kernels/testing.ts";
import { elementCount, type Graph, tensorOf } from "../graph/ir.ts";
import { refusalOf } from "../graph/testing.ts";
import { runOnCpu, runOnGpu } from "../plan/testing.ts";
import { concatInPlace } from "./concat_in_place.ts";
import { largestBatch, liftBatch } from "./lift_batch.ts";
import { GraphSketch } from "./testing.ts";

/** Branches, a concatenation and a reshape with a baked batch, as Inception has them. */
function features(): Graph {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 6, 5, 3]);
  const joined = sketch.concat([
    sketch.unary("relu", sketch.norm(sketch.conv(x, { channels: 5, size: 3 }))),
    sketch.pool("avg_pool", x),
  ]);
  const pooled = sketch.pool("max_pool", joined, { size: 6, stride: 6 });
  return sketch.finish(sketch.reshape(pooled, [1, 8]));
}

/** Values of a batch, and the input of each of its images alone. */
function batchOf(graph: Graph, batch: number) {
  const [input] = graph.inputs;
  const size = elementCount(tensorOf(graph, input).shape);
  const values = testValues(batch * size);
  const singles = Array.from({ length: batch }, (_, at) => ({
    [input]: values.subarray(at * size, (at + 1) * size),
  }));
  return { whole: { [input]: values }, singles };
}

Deno.test("liftBatch() multiplies every shape on the way, and no constant", () => {
  const graph = features();
  const lifted = liftBatch(graph, 3);
  for (const [name, { shape, constant }] of graph.tensors) {
    const [leading, ...rest] = shape;
    const expected = constant ? shape : [3 * leading, ...rest];
    deepStrictEqual(tensorOf(lifted, name).shape, expected, name);
  }
});

Deno.test("liftBatch() by 1 changes nothing", () => {
  const graph = features();
  strictEqual(liftBatch(graph, 1), graph);
});

Deno.test("liftBatch() gives each image the bytes it has alone", async () => {
  const session = await testSession();
  const graph = features();
  const { whole, singles } = batchOf(graph, 3);
  const [rows] = await runOnGpu(session, liftBatch(graph, 3), whole);
  for (const [at, feeds] of singles.entries()) {
    const [row] = await runOnGpu(session, graph, feeds);
    deepStrictEqual(rows.slice(at * 8, (at + 1) * 8), row);
  }
});

Deno.test("liftBatch() lifts a graph whose concatenations are in place", () => {
  const graph = features();
  const { whole } = batchOf(graph, 2);
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 6, 5, 3]);
  const branches = [4, 5].map((channels) => sketch.conv(x, { channels }));
  const joined = sketch.concat(branches);
  const plain = sketch.finish(sketch.unary("relu", joined));
  const inPlace = liftBatch(concatInPlace(plain), 2);
  deepStrictEqual(tensorOf(inPlace, joined).shape, [2, 6, 5, 9]);
  deepStrictEqual(
    runOnCpu(inPlace, whole),
    runOnCpu(liftBatch(plain, 2), whole),
  );
});

Deno.test("liftBatch() follows a reshape to a vector, image after image", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 3]);
  const graph = sketch.finish(sketch.reshape(sketch.bias(x), [12]));
  const lifted = liftBatch(graph, 2);
  deepStrictEqual(tensorOf(lifted, lifted.outputs[0]).shape, [24]);
  const { whole, singles } = batchOf(graph, 2);
  const rows = singles.flatMap((feeds) => [...runOnCpu(graph, feeds)[0]]);
  deepStrictEqual([...runOnCpu(lifted, whole)[0]], rows);
});

Deno.test("liftBatch() refuses what mixes the images of a batch, by name", () => {
  const mixers: Record<string, (sketch: GraphSketch, x: string) => string> = {
    concat: (sketch, x) => sketch.concat([x, sketch.unary("relu", x)], 0),
    softmax: (sketch, x) => sketch.softmax(sketch.reshape(x, [12])),
  };
  for (const [op, mix] of Object.entries(mixers)) {
    const sketch = new GraphSketch();
    const x = sketch.input("x", [1, 2, 2, 3]);
    const y = mix(sketch, x);
    match(
      refusalOf(() => liftBatch(sketch.finish(y), 2)),
      new RegExp(
        `Cannot run node "${y}" \\(${op}\\) on a batch of 2: it works along the axis of the batch; choose an output before it`,
      ),
    );
  }
});

Deno.test("liftBatch() refuses to broadcast the batch over channels", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2]);
  const first = sketch.matmul(x, 1);
  const y = sketch.binary("mul", [x, sketch.reshape(first, [1])]);
  match(
    refusalOf(() => liftBatch(sketch.finish(y), 2)),
    /along the axis of the batch/,
  );
});

Deno.test("liftBatch() refuses constants that have the batch in their shape", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [2, 3]);
  const y = sketch.binary("add", [x, sketch.constant([2, 3])]);
  match(
    refusalOf(() => liftBatch(sketch.finish(y), 2)),
    new RegExp(`node "${y}" .*shapes \\[4, 3\\] and \\[2, 3\\]`),
  );
});

Deno.test("largestBatch() fits the largest tensor into a binding", () => {
  const graph = features();
  const largest = 6 * 5 * 8 * 4;
  strictEqual(largestBatch(graph, 10 * largest), 10);
  strictEqual(largestBatch(graph, 10 * largest - 1), 9);
  strictEqual(largestBatch(graph, 1), 1);
});
