import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { testSession, testValues } from "../../kernels/testing.ts";
import { elementCount, type Graph, tensorOf } from "../graph/ir.ts";
import { refusalOf } from "../graph/testing.ts";
import { layersOf } from "../graph/mod.ts";
import { runOnCpu, runOnGpu } from "../plan/testing.ts";
import { toVariables, trainableOf } from "../train/variables.ts";
import { concatInPlace } from "./concat_in_place.ts";
import { foldConstants } from "./fold_constants.ts";
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

/** Whether a graph of an image gives each image of a batch what it gives it alone. */
function assertLifts(sketch: GraphSketch, y: string): void {
  const graph = sketch.finish(y);
  const { whole, singles } = batchOf(graph, 3);
  const [together] = runOnCpu(foldConstants(liftBatch(graph, 3)), whole);
  const alone = singles.flatMap((feeds) => [...runOnCpu(graph, feeds)[0]]);
  deepStrictEqual([...together], alone);
}

Deno.test("liftBatch() works along the first axis of each image", () => {
  const along: Record<string, (sketch: GraphSketch, x: string) => string> = {
    concat: (sketch, x) => sketch.concat([x, sketch.unary("relu", x)], 0),
    "concat with a constant": (sketch, x) =>
      sketch.concat([sketch.constant([3, 4]), sketch.reshape(x, [3, 4])], 1),
    softmax: (sketch, x) => sketch.softmax(sketch.reshape(x, [12])),
    norm: (sketch, x) => sketch.layerNorm(sketch.reshape(x, [12])),
    slice: (sketch, x) =>
      sketch.slice(sketch.reshape(x, [4, 3]), { axis: 0, offset: 1, size: 2 }),
    transpose: (sketch, x) =>
      sketch.transpose(sketch.reshape(x, [2, 3, 2]), [2, 0, 1]),
    reduce: (sketch, x) =>
      sketch.reduce(sketch.reshape(x, [4, 3]), {
        function: "max",
        axes: [0],
        keepDims: false,
      }),
    tile: (sketch, x) =>
      sketch.tile(sketch.reshape(x, [4, 3]), { axis: 0, times: 2 }),
    pad: (sketch, x) =>
      sketch.pad(sketch.reshape(x, [4, 3]), [[1, 2], [0, -1]]),
    "a constant of the image's size": (sketch, x) =>
      sketch.binary("add", [
        sketch.reshape(x, [4, 3]),
        sketch.constant([4, 3]),
      ]),
    "a constant of more axes": (sketch, x) =>
      sketch.binary("mul", [
        sketch.constant([2, 1, 3]),
        sketch.reshape(x, [4, 3]),
      ]),
    "a factor of the image": (sketch, x) =>
      sketch.binary("mul", [
        x,
        sketch.slice(sketch.reshape(x, [12]), { axis: 0, offset: 5, size: 1 }),
      ]),
    "a product of two": (sketch, x) =>
      sketch.products(
        sketch.reshape(x, [4, 3]),
        sketch.unary("neg", sketch.reshape(x, [4, 3])),
        { transposeB: true },
      ),
    "a constant times it": (sketch, x) =>
      sketch.products(sketch.constant([2, 5, 4]), sketch.reshape(x, [4, 3])),
  };
  for (const draw of Object.values(along)) {
    const sketch = new GraphSketch();
    assertLifts(sketch, draw(sketch, sketch.input("x", [1, 2, 2, 3])));
  }
});

Deno.test("liftBatch() attends within each image", () => {
  const sketch = new GraphSketch();
  const image = sketch.input("x", [1, 3, 2, 8]);
  const tokens = sketch.concat(
    [sketch.constant([1, 1, 8]), sketch.reshape(image, [1, 6, 8])],
    1,
  );
  const placed = sketch.binary("add", [tokens, sketch.constant([1, 7, 8])]);
  // As PyTorch exports it: tokens first, then queries, keys and values.
  const turned = sketch.transpose(placed, [1, 0, 2]);
  const joined = sketch.reshape(sketch.matmul(turned, 24), [7, 1, 3, 8]);
  const three = sketch.transpose(joined, [2, 0, 1, 3]);
  const [q, k, v] = [0, 1, 2].map((offset) => {
    const one = sketch.slice(three, { axis: 0, offset, size: 1 });
    return sketch.transpose(sketch.reshape(one, [7, 2, 4]), [1, 0, 2]);
  });
  const scores = sketch.softmax(sketch.products(q, k, { transposeB: true }));
  const heads = sketch.transpose(sketch.products(scores, v), [1, 0, 2]);
  const mixed = sketch.matmul(sketch.reshape(heads, [7, 8]), 8);
  const back = sketch.transpose(sketch.reshape(mixed, [7, 1, 8]), [1, 0, 2]);
  const whole = sketch.layerNorm(sketch.binary("add", [placed, back]));
  const first = sketch.slice(whole, { axis: 1, offset: 0, size: 1 });
  assertLifts(sketch, sketch.reshape(first, [1, 8]));
});

Deno.test("liftBatch() keeps weights that images share as they are, in layers of the same names", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 6, 4]);
  const token = sketch.constant([1, 1, 4]);
  const places = sketch.constant([7, 4]);
  const joined = sketch.concat([token, x, token], 1);
  const part = sketch.slice(joined, { axis: 1, offset: 0, size: 7 });
  const rows = sketch.reshape(part, [7, 4]);
  const graph = toVariables(
    sketch.finish(sketch.binary("add", [rows, places])),
    () => true,
  );
  const lifted = liftBatch(graph, 3);
  const names = (one: Graph) => layersOf(one).map(({ name }) => name);
  deepStrictEqual(names(lifted), names(graph));
  deepStrictEqual(trainableOf(lifted), [token, places]);
  deepStrictEqual(tensorOf(lifted, token), tensorOf(graph, token));
});

Deno.test("liftBatch() refuses what cannot tell the images of a batch apart, by name", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 3]);
  const y = sketch.pad(x, [[1, 0], [0, 0], [0, 0], [0, 0]]);
  match(
    refusalOf(() => liftBatch(sketch.finish(y), 2)),
    new RegExp(
      `Cannot run node "${y}" \\(pad\\) on a batch of 2: its output would be \\[3, 2, 2, 3\\], expected \\[4, 2, 2, 3\\]; feed one image`,
    ),
  );
});

Deno.test("largestBatch() fits the largest tensor into a binding", () => {
  const graph = features();
  const largest = 6 * 5 * 8 * 4;
  strictEqual(largestBatch(graph, 10 * largest), 10);
  strictEqual(largestBatch(graph, 10 * largest - 1), 9);
  strictEqual(largestBatch(graph, 1), 1);
});
