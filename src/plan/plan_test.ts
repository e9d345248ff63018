import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { testSession, testValues } from "../../kernels/testing.ts";
import type { Graph } from "../graph/ir.ts";
import { refusalOf } from "../graph/testing.ts";
import { concatInPlace } from "../passes/concat_in_place.ts";
import { foldConstants } from "../passes/fold_constants.ts";
import { optimise } from "../passes/mod.ts";
import { feedsFor, GraphSketch } from "../passes/testing.ts";
import { planGraph, variableBuffer } from "./plan.ts";
import { printProgram } from "../../kernels/program.ts";
import { interpret, runOnCpu, runOnGpu } from "./testing.ts";

/** Two branches that meet in a concatenation. */
function branches(): Graph {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 4, 4, 4]);
  const joined = sketch.concat([
    sketch.conv(x, { channels: 5 }),
    sketch.pool("max_pool", x),
  ]);
  return sketch.finish(sketch.reshape(sketch.mean(joined), [9]));
}

Deno.test("planGraph() names inputs and outputs as it is told, constants by layout", () => {
  const graph = branches();
  const { program, constants } = planGraph(graph, {
    label: "net",
    names: { x: "pictures", [graph.outputs[0]]: "features" },
  });
  deepStrictEqual(
    program.buffers.flatMap(({ name }) => name ?? []),
    ["pictures", "features", ...constants.keys()],
  );
  ok([...constants.keys()].every((name) => name.startsWith("net: ")));
});

Deno.test("planGraph() writes views at their offset and stride", () => {
  const { program } = planGraph(concatInPlace(branches()), { label: "net" });
  deepStrictEqual(
    program.steps.map(({ kernel, params: { yStride, yOffset } }) => ({
      kernel,
      yStride,
      yOffset,
    })),
    [
      { kernel: "conv2d", yStride: 9, yOffset: 0 },
      { kernel: "pool", yStride: 9, yOffset: 5 },
      { kernel: "mean", yStride: undefined, yOffset: undefined },
    ],
  );
  strictEqual(program.steps[0].writes[0], program.steps[1].writes[0]);
});

Deno.test("planGraph() never reads and writes one buffer in a step", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 4]);
  let y = x;
  for (let layer = 0; layer < 6; layer++) {
    y = sketch.reshape(sketch.unary("relu", y), [1, 9, 1, 4]);
    y = sketch.binary("add", [y, y]);
  }
  const { program } = planGraph(sketch.finish(y), { label: "net" });
  for (const { reads, writes } of program.steps) {
    ok(reads.every((buffer) => !writes.includes(buffer)));
  }
  // The input, the output and two that take turns: reshapes cost nothing.
  strictEqual(program.buffers.length, 4);
  strictEqual(program.steps.length, 12);
});

Deno.test("printProgram() gives a line for each dispatch, and the memory", () => {
  const { program } = planGraph(concatInPlace(branches()), { label: "net" });
  const lines = printProgram(program).split("\n");
  strictEqual(lines.length, 4);
  match(lines[0], /^ +0 conv2d +b\d+,b\d+,b\d+ -> b\d+ +\d+x\d+x\d+ +conv2d_/);
  match(lines[3], /^3 dispatches, \d+ buffers, \d+\.\d MB$/);
});

Deno.test("planGraph() gives every output its buffer, however they are related", async () => {
  const session = await testSession();
  const sketch = new GraphSketch();
  const x = sketch.input("x", [2, 6]);
  const relu = sketch.unary("relu", x);
  const flat = sketch.reshape(relu, [12]);
  const outputs = {
    "two reshapes of one tensor": [flat, sketch.reshape(relu, [3, 4])],
    "a reshape of an output": [relu, flat],
    "a reshape of a reshape": [flat, sketch.reshape(flat, [4, 3])],
    "an input": [x, relu],
    "a reshape of an input": [sketch.reshape(x, [3, 4])],
    "a constant": [sketch.constant([5]), relu],
    "one tensor twice": [relu, relu],
  };
  for (const [what, names] of Object.entries(outputs)) {
    const graph = foldConstants(sketch.finish(...names));
    const feeds = feedsFor(graph);
    const results = await runOnGpu(session, graph, feeds);
    deepStrictEqual(results, runOnCpu(graph, feeds), what);
    for (const [index, name] of names.entries()) {
      const constant = graph.tensors.get(name)?.constant?.read();
      const expected = constant ??
        (name === x || what === "a reshape of an input"
          ? feeds.x
          : feeds.x.map((value) => Math.max(value, 0)));
      deepStrictEqual(results[index], expected, what);
    }
  }
});

Deno.test("planGraph() uploads a constant once, however many read it", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 2]);
  const filter = sketch.constant([1, 1, 2, 2]);
  const y = sketch.conv(sketch.conv(x, { channels: 2, filter }), {
    channels: 2,
    filter,
  });
  const { constants } = planGraph(sketch.finish(y), { label: "net" });
  strictEqual(constants.size, 2);
});

Deno.test("planGraph() lays out a filter that is computed each time, and refuses such a bias", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 2]);
  const filter = sketch.input("filter", [1, 1, 2, 3]);
  const y = sketch.conv(x, { channels: 3, filter });
  const graph = sketch.finish(y);
  const { program } = planGraph(graph, { label: "net" });
  deepStrictEqual(program.steps.map(({ kernel }) => kernel), [
    "pack_filter",
    "conv2d",
  ]);
  const bias = sketch.input("bias", [3]);
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: [...node.inputs, bias],
  }));
  strictEqual(
    refusalOf(() => planGraph({ ...graph, nodes }, { label: "net" })),
    'Tensor "bias" is computed where a constant is needed: only frozen weights are supported there',
  );
});

Deno.test("planGraph() keeps a variable and its new value in one buffer that outlives a run, filled up to whole tiles", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [3]);
  const graph = sketch.finish(sketch.binary("add", [x, sketch.constant([3])]));
  const [sum] = graph.nodes;
  const weight = sum.inputs[1];
  const tensors = new Map(graph.tensors);
  const variable = { read: () => new Float32Array(3) };
  tensors.set(weight, { name: weight, shape: [3], dtype: "f32", variable });
  tensors.set("new", {
    name: "new",
    shape: [3],
    dtype: "f32",
    updates: weight,
  });
  const { program, constants } = planGraph({
    ...graph,
    tensors,
    nodes: [{ ...sum, outputs: ["new"] }],
    outputs: ["new"],
  }, { label: "net" });
  const named = program.buffers.filter(({ name }) => name !== "x");
  deepStrictEqual(named, [{ name: variableBuffer(weight, 3), bytes: 64 }]);
  deepStrictEqual(program.steps[0].writes, [program.steps[0].reads[1]]);
  strictEqual(constants.size, 0);
});

Deno.test("planGraph() refuses what only happens on the CPU, by name", () => {
  const graph: Graph = {
    nodes: [{
      op: "cast",
      name: "Cast",
      inputs: ["x"],
      outputs: ["y"],
      attributes: { to: "f32" },
    }],
    tensors: new Map([
      ["x", { name: "x", shape: [2], dtype: "u8" }],
      ["y", { name: "y", shape: [2], dtype: "f32" }],
    ]),
    inputs: ["x"],
    outputs: ["y"],
  };
  match(
    refusalOf(() => planGraph(graph, { label: "net" })),
    /Cannot run node "Cast" \(cast\) on the GPU: choose an --input-tensor after it/,
  );
});

Deno.test("a graph of no rows runs and gives none", async () => {
  const session = await testSession();
  const sketch = new GraphSketch();
  const x = sketch.input("x", [0, 6]);
  const y = sketch.unary("relu", sketch.bias(sketch.matmul(x, 4)));
  const graph = sketch.finish(sketch.softmax(y));
  deepStrictEqual(
    await runOnGpu(session, graph, { x: new Float32Array() }),
    [new Float32Array()],
  );
});

Deno.test("more than 65,535 workgroups are spread over two dimensions", async () => {
  const session = await testSession();
  const count = 65536 * 64 + 3;
  const sketch = new GraphSketch();
  const x = sketch.input("x", [count]);
  const graph = sketch.finish(sketch.unary("relu", x));
  const values = testValues(count);
  const [y] = await runOnGpu(session, graph, { x: values });
  const wrong = y.findIndex((value, at) => value !== Math.max(values[at], 0));
  strictEqual(wrong, -1);
});

Deno.test("interpret() shows a read of what nobody wrote", () => {
  const graph = branches();
  const { program, constants } = planGraph(graph, { label: "net" });
  const steps = program.steps.slice(1);
  const results = interpret(
    { program: { ...program, steps }, constants },
    feedsFor(graph),
  );
  ok(results[graph.outputs[0]].some(Number.isNaN));
});

Deno.test("a mean of more pixels than a thread goes through is the mean of them all", async () => {
  const sketch = new GraphSketch();
  const graph = sketch.finish(sketch.mean(sketch.input("x", [1, 700, 600, 1])));
  const x = new Float32Array(700 * 600).fill(1, 300_000);
  const [[mean]] = await runOnGpu(await testSession(), graph, { x });
  ok(Math.abs(mean - 120 / 420) < 1e-6, `${mean}`);
});

Deno.test("a dense layer of more inputs than a thread goes through sums them all", async () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [2, 300_000]);
  const kernel = sketch.constant(
    [300_000, 2],
    new Float32Array(600_000).fill(1),
  );
  const bias = sketch.constant([2], Float32Array.of(0.5, -1e6));
  const sums = sketch.binary("add", [sketch.dense(x, kernel), bias]);
  const graph = optimise(sketch.finish(sketch.unary("relu", sums)));
  const values = new Float32Array(600_000).fill(1, 270_000);
  const [y] = await runOnGpu(await testSession(), graph, { x: values });
  deepStrictEqual([...y], [30_000.5, 0, 300_000.5, 0]);
});
