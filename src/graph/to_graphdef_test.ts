import { deepStrictEqual, ok, strictEqual, throws } from "@std/assert";
import { activationFunctions } from "../../kernels/activation.ts";
import { assertAllClose } from "../../kernels/testing.ts";
import { kernelPasses, optimise } from "../passes/mod.ts";
import { feedsFor, GraphSketch } from "../passes/testing.ts";
import { runOnCpu, type Values } from "../plan/testing.ts";
import { smallCnn } from "../../models/networks.ts";
import type { Graph, Tensor } from "./ir.ts";
import { importGraph } from "./import.ts";
import { graphNodes, nodeNameOf } from "./to_graphdef.ts";
import { goldenGraphs } from "../../tests/golden/graphs.ts";
import { decodeGraphDef, encodeGraphDef } from "./graphdef.ts";
import { placeholder } from "./testing.ts";
import { readTensor } from "./tensor.ts";

/** The graph, once it was TensorFlow's. */
function thereAndBack(graph: Graph): Graph {
  const [input] = graph.inputs;
  const { shape } = graph.tensors.get(input)!;
  const nodes = graphNodes(graph, { [input]: "fed" });
  return importGraph(
    { nodes: [placeholder("fed", shape), ...nodes], producer: 27 },
    { outputs: graph.outputs.map((name) => `${nodeNameOf(name)}:0`) },
  );
}

/** The graph with its variables as constants. */
function frozen(graph: Graph): Graph {
  const tensors = [...graph.tensors.values()].map((tensor): Tensor => {
    const { variable, ...rest } = tensor;
    return variable ? { ...rest, constant: variable } : tensor;
  });
  return {
    ...graph,
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
  };
}

/** Throws unless both graphs compute the same. */
function assertSame(graph: Graph, feeds: Values = feedsFor(graph)): void {
  const [expected] = runOnCpu(frozen(graph), feeds);
  const back = optimise(thereAndBack(graph));
  const [actual] = runOnCpu(back, { fed: feeds[graph.inputs[0]] });
  assertAllClose(actual, expected, { absolute: 1e-5 });
}

Deno.test("graphNodes() writes what is imported as the same graph again", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 9, 8, 3]);
  const first = sketch.unary(
    "relu6",
    sketch.bias(sketch.conv(x, { channels: 4, size: 3, stride: 2 })),
  );
  const deep = sketch.norm(sketch.depthwise(first));
  const pooled = sketch.pool("max_pool", first, { size: 3, stride: 1 });
  const averaged = sketch.pool("avg_pool", deep, { size: 2, stride: 1 });
  const joined = sketch.concat([pooled, averaged]);
  const logits = sketch.bias(sketch.matmul(sketch.mean(joined), 5));
  const graph = sketch.finish(sketch.softmax(logits));
  assertSame(graph);
  assertSame(optimise(graph, { without: kernelPasses }));
});

Deno.test("graphNodes() writes a convolution in groups as TensorFlow computes it on CPUs, with no BiasAdd and no batch norm right behind", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 5, 4, 4]);
  const biased = sketch.bias(sketch.conv(x, { channels: 8, groups: 2 }));
  const normed = sketch.norm(sketch.conv(biased, { channels: 8, groups: 4 }));
  const graph = sketch.finish(sketch.conv(normed, { channels: 2, groups: 2 }));
  assertSame(graph);
  const fused = optimise(graph, { without: ["foldBatchNorm"] });
  assertSame(fused);
  const ops = graphNodes(fused, { x: "fed" }).map(({ op }) => op)
    .filter((op) => op !== "Const");
  deepStrictEqual(ops, [
    ...["Conv2D", "Add"],
    ...["Conv2D", "Add", "FusedBatchNorm"],
    "Conv2D",
  ]);
});

Deno.test("graphNodes() writes every activation, fused or not, as it is imported", () => {
  for (const activation of activationFunctions) {
    const sketch = new GraphSketch();
    const x = sketch.input("x", [1, 3, 4, 3]);
    const y = sketch.unary(activation, sketch.conv(x, { channels: 4 }));
    const graph = sketch.finish(sketch.mean(y));
    assertSame(graph);
    assertSame(optimise(graph));
  }
});

Deno.test("graphNodes() writes transposes, slices, reductions, choices and blocks as they are imported", () => {
  for (
    const { name, graph, fetch, feeds } of Object.values(goldenGraphs).flat()
  ) {
    const bytes = Uint8Array.from(atob(graph), (char) => char.charCodeAt(0));
    const nodes = decodeGraphDef(bytes);
    const fed = nodes.nodes.filter(({ op }) => op === "Placeholder");
    if (fed.length !== 1) continue;
    const imported = importGraph(nodes, { outputs: [fetch] });
    const [output] = imported.outputs;
    if (!imported.nodes.some(({ outputs }) => outputs.includes(output))) {
      continue;
    }
    try {
      const [input] = imported.inputs;
      assertSame(optimise(imported, { without: kernelPasses }), {
        [input]: Float32Array.from(feeds[input].data),
      });
    } catch (error) {
      throw new Error(name, { cause: error });
    }
  }
});

Deno.test("graphNodes() writes attention, norms of rows and copies as they are imported", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 2, 8]);
  const tokens = sketch.reshape(x, [1, 6, 8]);
  const normed = sketch.layerNorm(sketch.bias(sketch.matmul(tokens, 8)));
  const heads = sketch.transpose(
    sketch.reshape(normed, [1, 6, 2, 4]),
    [0, 2, 1, 3],
  );
  const scores = sketch.products(heads, heads, { transposeB: true });
  const mixed = sketch.products(sketch.softmax(scores), heads);
  const copies = sketch.tile(mixed, { axis: 1, times: 2 });
  assertSame(sketch.finish(sketch.unary("gelu", copies)));
});

Deno.test("graphNodes() writes the variables of a native network as constants", () => {
  const graph = smallCnn({ batch: 1, size: 10, seed: 1 });
  assertSame(graph);
  const names = graphNodes(graph, { images: "fed" }).map(({ name }) => name);
  strictEqual(new Set(names).size, names.length);
  strictEqual(names.at(-1), "features");
});

Deno.test("graphNodes() leaves the number of rows open where a tensor of one is reshaped", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 3]);
  const graph = sketch.finish(sketch.reshape(x, [1, 12]));
  const [{ attributes }] = graphNodes(graph, { x: "fed" });
  const value = attributes.get("value");
  if (value?.kind !== "tensor") throw new Error("no constant");
  deepStrictEqual(Array.from(readTensor(value.value)), [-1, 12]);
});

Deno.test("graphNodes() writes pads that are neither SAME nor VALID as a Pad before the convolution", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 6, 6, 1]);
  const graph = sketch.finish(sketch.conv(x, { channels: 2, size: 3 }));
  const [node] = graph.nodes;
  if (node.op !== "conv2d") throw new Error("no convolution");
  const pads = { top: 2, bottom: 0, left: 1, right: 1 };
  const shifted = { ...node, attributes: { ...node.attributes, pads } };
  const padded: Graph = { ...graph, nodes: [shifted] };
  const ops = graphNodes(padded, { x: "fed" }).map(({ op }) => op);
  deepStrictEqual(ops.filter((op) => op !== "Const"), ["PadV2", "Conv2D"]);
  assertSame(padded);
});

Deno.test("graphNodes() are what a file of them is, also a number that f32 does not hold", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 3]);
  const normal = sketch.norm(x);
  const nodes = graphNodes(sketch.finish(normal), { [x]: "fed" });
  const { nodes: read } = decodeGraphDef(
    encodeGraphDef({ nodes, producer: 0 }),
  );
  deepStrictEqual(
    read.map(({ attributes }) => attributes.get("epsilon")),
    nodes.map(({ attributes }) => attributes.get("epsilon")),
  );
  ok(nodes.some(({ op }) => op === "FusedBatchNorm"));
});

Deno.test("graphNodes() names a node that TensorFlow has no op for", () => {
  const x: Tensor = { name: "x", shape: [2, 2], dtype: "f32" };
  const graph: Graph = {
    nodes: [{
      op: "sum_rows",
      name: "sum",
      inputs: ["x"],
      outputs: ["y"],
      attributes: {},
    }],
    tensors: new Map([["x", x], ["y", { ...x, name: "y", shape: [2] }]]),
    inputs: ["x"],
    outputs: ["y"],
  };
  throws(() => graphNodes(graph, { x: "fed" }), /node "sum" \(sum_rows\)/);
});
