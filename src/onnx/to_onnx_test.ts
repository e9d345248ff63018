import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { activationFunctions } from "../../kernels/activation.ts";
import { assertAllClose } from "../../kernels/testing.ts";
import { smallCnn } from "../../models/networks.ts";
import { goldenGraphs } from "../../tests/golden/graphs.ts";
import { decodeGraphDef, importGraph } from "../graph/mod.ts";
import type { Graph } from "../graph/ir.ts";
import { kernelPasses, liftBatch, optimise } from "../passes/mod.ts";
import { feedsFor, GraphSketch, opsOf } from "../passes/testing.ts";
import { runOnCpu, type Values } from "../plan/testing.ts";
import { importOnnx } from "./import.ts";
import type { OnnxModel } from "./model.ts";
import { decodeOnnx } from "./read.ts";
import { toOnnx, type ToOnnxOptions } from "./to_onnx.ts";
import { encodeOnnx } from "./write.ts";

/** A graph as models are written of it. */
function forward(graph: Graph): Graph {
  return optimise(graph, { without: kernelPasses });
}

function written(graph: Graph, options?: ToOnnxOptions): OnnxModel {
  return decodeOnnx(encodeOnnx(toOnnx(graph, options)));
}

/** What is imported of a model of a graph, ready to be planned. */
function thereAndBack(graph: Graph, options: ToOnnxOptions = {}): Graph {
  const channelsLast = options.layout === "nchw";
  return importOnnx(written(graph, options), { channelsLast });
}

/**
 * Throws unless a graph computes the same once it was ONNX's, and what was imported
 * then the same bits once it was that again.
 */
function assertSame(
  graph: Graph,
  { feeds = feedsFor(graph), options = { layout: "nchw" } }: {
    readonly feeds?: Values;
    readonly options?: ToOnnxOptions;
  } = {},
): Graph {
  const once = thereAndBack(forward(graph), options);
  const twice = thereAndBack(forward(once), options);
  const [first, again, last] = [graph, once, twice].map((graph) =>
    runOnCpu(optimise(graph), feeds)
  );
  for (const [at, values] of again.entries()) {
    assertAllClose(values, first[at], { absolute: 1e-6 });
  }
  deepStrictEqual(last, again);
  return once;
}

/** A network of everything that convolutional networks are made of. */
function everything(): Graph {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 9, 8, 3]);
  const first = sketch.unary(
    "relu6",
    sketch.bias(sketch.conv(x, { channels: 4, size: 3, stride: 2 })),
  );
  const deep = sketch.norm(sketch.depthwise(first, { multiplier: 2 }));
  const grouped = sketch.conv(deep, { channels: 4, size: 3, groups: 2 });
  const pooled = sketch.pool("max_pool", first, { size: 3, stride: 1 });
  const averaged = sketch.pool("avg_pool", grouped, { size: 2, stride: 1 });
  const joined = sketch.norm(sketch.concat([pooled, averaged]));
  const gated = sketch.binary("mul", [
    joined,
    sketch.unary("sigmoid", sketch.reshape(sketch.mean(joined), [1, 1, 1, 8])),
  ]);
  const logits = sketch.bias(sketch.matmul(sketch.mean(gated), 5));
  return sketch.finish(sketch.softmax(logits));
}

Deno.test("toOnnx() writes what is imported as the same graph again, bit for bit", () => {
  const graph = everything();
  const back = assertSame(graph);
  deepStrictEqual(opsOf(optimise(back)), opsOf(optimise(graph)));
  assertSame(graph, { options: { layout: "nhwc" } });
});

Deno.test("toOnnx() turns images where they come in, and nowhere else", () => {
  const transposes = (options: ToOnnxOptions) =>
    written(forward(everything()), options).graph.nodes
      .filter(({ op }) => op === "Transpose").length;
  strictEqual(transposes({ layout: "nchw" }), 0);
  strictEqual(transposes({ layout: "nhwc" }), 1);
});

Deno.test("toOnnx() turns the rows of weights that a flattened image meets", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 4, 2, 3]);
  const image = sketch.conv(x, { channels: 5, size: 3 });
  const rows = sketch.reshape(image, [1, 40]);
  const graph = sketch.finish(sketch.bias(sketch.matmul(rows, 6)));
  const { graph: { nodes } } = written(forward(graph), { layout: "nchw" });
  deepStrictEqual(nodes.map(({ op }) => op), ["Conv", "Flatten", "Gemm"]);
  assertSame(graph);
});

Deno.test("toOnnx() turns a flattened image itself where something else reads it", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 4, 2, 3]);
  const image = sketch.conv(x, { channels: 5, size: 3 });
  const rows = sketch.softmax(sketch.reshape(image, [1, 40]));
  assertSame(sketch.finish(rows));
});

Deno.test("toOnnx() writes every activation, fused or not, as it is imported", () => {
  for (const activation of activationFunctions) {
    const sketch = new GraphSketch();
    const x = sketch.input("x", [1, 3, 4, 3]);
    const y = sketch.unary(activation, sketch.conv(x, { channels: 4 }));
    const graph = sketch.finish(sketch.mean(y));
    const back = thereAndBack(forward(graph), { layout: "nchw" });
    deepStrictEqual(opsOf(optimise(back)), opsOf(optimise(graph)), activation);
    assertSame(graph);
  }
});

Deno.test("toOnnx() writes transposes, slices, reductions and choices as they are imported", () => {
  for (
    const { name, graph, fetch, feeds } of Object.values(goldenGraphs).flat()
  ) {
    const bytes = Uint8Array.from(atob(graph), (char) => char.charCodeAt(0));
    const nodes = decodeGraphDef(bytes);
    const fed = nodes.nodes.filter(({ op }) => op === "Placeholder");
    if (fed.length !== 1) continue;
    const imported = importGraph(nodes, { outputs: [fetch] });
    const [output] = imported.outputs;
    const isComputed = imported.nodes.some(({ outputs }) =>
      outputs.includes(output)
    );
    const isOfBlocks = imported.nodes.some(({ op }) =>
      op === "space_to_batch" || op === "batch_to_space"
    );
    if (!isComputed || isOfBlocks) continue;
    try {
      assertSame(imported, {
        options: { layout: "nhwc" },
        feeds: Object.fromEntries(
          imported.inputs.map((input) => [
            input,
            Float32Array.from(feeds[input].data),
          ]),
        ),
      });
    } catch (error) {
      throw new Error(name, { cause: error });
    }
  }
});

/** Attention over the pixels of an image, with a token of its own. */
function attention(): Graph {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 2, 3]);
  const image = sketch.conv(x, { channels: 8 });
  const tokens = sketch.concat([
    sketch.constant([1, 1, 8]),
    sketch.reshape(image, [1, 6, 8]),
  ], 1);
  const normed = sketch.layerNorm(sketch.bias(sketch.matmul(tokens, 8)));
  const heads = sketch.transpose(
    sketch.reshape(normed, [1, 7, 2, 4]),
    [0, 2, 1, 3],
  );
  const scores = sketch.products(heads, heads, { transposeB: true });
  const mixed = sketch.products(sketch.softmax(scores), heads);
  const first = sketch.slice(
    sketch.reshape(sketch.transpose(mixed, [0, 2, 1, 3]), [1, 7, 8]),
    { axis: 1, offset: 0, size: 1 },
  );
  const rows = sketch.reshape(first, [1, 8]);
  return sketch.finish(sketch.unary("gelu", sketch.matmul(rows, 3)));
}

Deno.test("toOnnx() writes attention, norms of rows and tokens as they are imported", () => {
  assertSame(attention());
});

Deno.test("toOnnx() leaves the batch open of a graph that was lifted to one", () => {
  for (const graph of [everything(), attention()]) {
    const lifted = forward(liftBatch(graph, 2));
    const model = written(lifted, { batch: 2 });
    const [{ shape }] = model.graph.inputs;
    strictEqual(shape?.[0], "batch");
    const [{ shape: made }] = model.graph.outputs;
    strictEqual(made?.[0], "batch");
    const feeds = feedsFor(graph);
    const back = importOnnx(model, { channelsLast: true });
    deepStrictEqual(
      runOnCpu(optimise(back), feeds),
      runOnCpu(optimise(graph), feeds),
    );
  }
});

Deno.test("toOnnx() writes the variables of a native network as constants", () => {
  const graph = smallCnn({ batch: 1, size: 10, seed: 1 });
  const model = written(graph);
  strictEqual(model.graph.inputs.length, 1);
  strictEqual(model.graph.outputs[0].name, graph.outputs[0]);
  const names = model.graph.nodes.flatMap(({ outputs }) => outputs);
  strictEqual(new Set(names).size, names.length);
});

Deno.test("toOnnx() names a node that ONNX has no op for", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 4, 4, 3]);
  const graph = sketch.finish(x);
  const tensor = { name: "y", shape: [4, 2, 2, 3], dtype: "f32" } as const;
  const blocks: Graph = {
    ...graph,
    nodes: [{
      ...{ op: "space_to_batch", name: "blocks", inputs: [x], outputs: ["y"] },
      attributes: { block: { height: 2, width: 2 } },
    }],
    tensors: new Map([...graph.tensors, ["y", tensor]]),
    outputs: ["y"],
  };
  throws(() => toOnnx(blocks), /node "blocks" \(space_to_batch\)/);
});
