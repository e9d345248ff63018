import { roundUp } from "../../kernels/kernel.ts";
import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import { refusalOf } from "../graph/testing.ts";
import { elementCount, type Graph, tensorOf } from "../graph/ir.ts";
import { forwardPasses, optimise } from "../passes/mod.ts";
import { GraphSketch, opsOf } from "../passes/testing.ts";
import { planGraph, variableBuffer } from "../plan/mod.ts";
import { interpret } from "../plan/testing.ts";
import { stepFeeds } from "./_testing.ts";
import { filledRows } from "./row_source.ts";
import { buildTrainingStep, type TrainingStep } from "./training_step.ts";
import {
  toVariables,
  trainableOf,
  variablesOf,
  withValues,
} from "./variables.ts";

const noUpdate = { rule: "sgd", secondShare: 0, penalty: 0 } as const;

/** A step whose optimizer changes nothing, with the gradients as outputs. */
function stepOf(graph: Graph, variables = trainableOf(graph)): TrainingStep {
  const [logits] = graph.outputs;
  return buildTrainingStep(graph, {
    logits,
    variables,
    loss: { kind: "softmax" },
    update: noUpdate,
    dataRows: tensorOf(graph, graph.inputs[0]).shape[0],
    steps: 1,
    keepGradients: true,
  });
}

/** The loss of the step after `done` others, and its gradients by variable, from the kernels' references. */
function compute(step: TrainingStep, graph: Graph, done = 0) {
  const [batch, ...rest] = tensorOf(graph, graph.inputs[0]).shape;
  const classes = tensorOf(graph, graph.outputs[0]).shape[1];
  const features = elementCount(rest);
  const images = testValues(batch * features, 77);
  const rows = Uint32Array.from({ length: batch }, (_, row) => row);
  const results = interpret(
    planGraph(step.graph, { label: "test" }),
    stepFeeds(step, {
      data: Float32Array.from(
        filledRows(images, { features, depth: roundUp(features, 4) }),
      ),
      batches: rows,
      labels: Uint32Array.from({ length: batch }, (_, row) => row % classes),
      schedule: new Float32Array(4),
      done,
    }),
  );
  return {
    results,
    loss: results[step.progress][0],
    gradientOf(name: string): Float32Array {
      const gradient = step.gradients.get(name);
      if (gradient === undefined) throw new Error(`no gradient of ${name}`);
      const { shape } = tensorOf(graph, name);
      return results[gradient].subarray(0, elementCount(shape));
    },
  };
}

/** Compares each gradient with central differences of the loss along a direction. */
function checkGradients(graph: Graph): void {
  const epsilon = 3e-4;
  const step = stepOf(graph);
  const { gradientOf } = compute(step, graph);
  for (const [at, name] of trainableOf(graph).entries()) {
    const { variable, shape } = tensorOf(graph, name);
    const values = variable!.read();
    const direction = testValues(values.length, 5 + at).map(Math.sign);
    const lossAt = (move: number) => {
      const data = values.map((value, i) => value + move * direction[i]);
      const moved = withValues(step.graph, { [name]: { shape, data } });
      return compute({ ...step, graph: moved }, graph).loss;
    };
    const slope = (lossAt(epsilon) - lossAt(-epsilon)) / (2 * epsilon);
    const expected = gradientOf(name)
      .reduce((sum, value, i) => sum + value * direction[i], 0);
    const bound = 2e-3 + 0.02 * Math.abs(expected);
    ok(
      Math.abs(slope - expected) <= bound,
      `${name}: central difference ${slope}, gradient ${expected}`,
    );
  }
}

function trained(sketch: GraphSketch, logits: string): Graph {
  const graph = optimise(sketch.finish(logits), { without: forwardPasses });
  return toVariables(graph, () => true);
}

/** Constants smaller than a sketch's, so that logits stay where the loss is curved. */
function soft(graph: Graph): Graph {
  return withValues(
    graph,
    Object.fromEntries(
      variablesOf(graph).map((name) => {
        const { variable, shape } = tensorOf(graph, name);
        const scale = shape.length > 1
          ? 1.5 / Math.sqrt(elementCount(shape.slice(0, -1)))
          : 0.3;
        const data = variable!.read().map((value) => value * scale);
        return [name, { shape, data }];
      }),
    ),
  );
}

for (
  const name of [
    ...["neg", "exp", "log", "sqrt", "square", "abs", "reciprocal"] as const,
    ...["tanh", "elu", "selu", "softplus", "softsign"] as const,
    ...["leaky_relu(0.2)", "erf", "gelu", "gelu_tanh"] as const,
  ]
) {
  Deno.test(`appendGradients() agrees with central differences on ${name}`, () => {
    const sketch = new GraphSketch();
    const x = sketch.input("x", [6, 8]);
    const hidden = sketch.unary("sigmoid", sketch.matmul(x, 12));
    const two = sketch.constant([], new Float32Array([-0.5]));
    const inside = /log|sqrt|reciprocal/.test(name)
      ? hidden
      : sketch.binary("add", [hidden, two]);
    const y = sketch.unary(name, inside);
    checkGradients(soft(trained(sketch, sketch.bias(sketch.matmul(y, 5)))));
  });
}

Deno.test("appendGradients() agrees with central differences on transposes, slices, sums and choices", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [4, 5, 6, 3]);
  const conv = sketch.conv(x, { channels: 4, size: 3 });
  const turned = sketch.transpose(conv, [0, 3, 1, 2]);
  const part = sketch.slice(turned, { axis: 2, offset: 1, size: 3 });
  const other = sketch.slice(turned, { axis: 2, offset: 2, size: 3 });
  const zero = sketch.constant([], new Float32Array([0.1]));
  const truth = sketch.binary("greater", [part, zero]);
  const chosen = sketch.binary("add", [
    sketch.binary("where", [truth, part]),
    sketch.binary("unless", [truth, other]),
  ]);
  const apart = sketch.binary("squared_difference", [chosen, other]);
  const axes = { axes: [2, 3], keepDims: false };
  const sum = sketch.reduce(apart, { ...axes, function: "sum" });
  const logits = sketch.bias(sketch.matmul(sketch.unary("tanh", sum), 5));
  checkGradients(soft(trained(sketch, logits)));
});

Deno.test("appendGradients() agrees with central differences on attention, with its tokens, places and norms", () => {
  const sketch = new GraphSketch();
  const image = sketch.input("x", [3, 2, 2, 4]);
  const [batch, width, heads] = [3, 8, 2];
  const patches = sketch.bias(sketch.conv(image, { channels: width }));
  const tokens = sketch.concat([
    sketch.tile(sketch.constant([1, 1, width]), { axis: 0, times: batch }),
    sketch.reshape(patches, [batch, 4, width]),
  ], 1);
  const placed = sketch.binary("add", [tokens, sketch.constant([1, 5, width])]);
  const normed = sketch.layerNorm(placed);
  const [q, k, v] = [0, 1, 2].map(() => {
    const rows = sketch.bias(sketch.matmul(normed, width));
    const parts = sketch.reshape(rows, [batch, 5, heads, width / heads]);
    return sketch.transpose(parts, [0, 2, 1, 3]);
  });
  const half = sketch.constant([], new Float32Array([0.5]));
  const scores = sketch.products(q, k, { transposeB: true });
  const weights = sketch.softmax(sketch.binary("mul", [scores, half]));
  const turned = sketch.transpose(sketch.products(weights, v), [0, 2, 1, 3]);
  const mixed = sketch.reshape(turned, [batch, 5, width]);
  const scaled = sketch.binary("mul", [mixed, sketch.constant([width])]);
  const whole = sketch.binary("add", [placed, scaled]);
  const hidden = sketch.bias(sketch.matmul(sketch.layerNorm(whole), 6));
  const active = sketch.unary("gelu", hidden);
  const first = sketch.slice(active, { axis: 1, offset: 0, size: 1 });
  const flat = sketch.reshape(first, [batch, 6]);
  checkGradients(soft(trained(sketch, sketch.bias(sketch.matmul(flat, 5)))));
});

Deno.test("appendGradients() agrees with central differences on products of matrices, each way they are stored", () => {
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const sketch = new GraphSketch();
      const x = sketch.matmul(sketch.input("x", [2, 3]), 12);
      const a = sketch.reshape(x, transposeA ? [2, 2, 2, 3] : [2, 2, 3, 2]);
      const shape = transposeB ? [2, 1, 5, 2] : [2, 1, 2, 5];
      const b = sketch.reshape(
        sketch.matmul(sketch.unary("tanh", x), 10),
        shape,
      );
      const made = sketch.products(a, b, { transposeA, transposeB });
      const other = sketch.products(
        sketch.constant([4, 3]),
        sketch.reshape(made, [2, 3, 10]),
      );
      const flat = sketch.unary("tanh", sketch.reshape(other, [2, 40]));
      checkGradients(soft(trained(sketch, sketch.matmul(flat, 4))));
    }
  }
});

Deno.test("appendGradients() agrees with central differences on slices in steps, both ways, powers and copies", () => {
  for (const [offset, step] of [[1, 2], [7, -3], [5, -1]]) {
    const sketch = new GraphSketch();
    const x = sketch.matmul(sketch.input("x", [4, 6]), 24);
    const whole = sketch.reshape(x, [4, 3, 8]);
    const part = sketch.slice(whole, { axis: 2, offset, size: 3, step });
    const positive = sketch.unary("sigmoid", part);
    const exponents = sketch.constant([3], new Float32Array([2.5, 0, -1]));
    const powers = sketch.binary("pow", [positive, exponents]);
    const copies = sketch.tile(powers, { axis: 1, times: 2 });
    const row = sketch.unary("tanh", sketch.reshape(copies, [4, 18]));
    checkGradients(soft(trained(sketch, sketch.matmul(row, 5))));
  }
});

Deno.test("appendGradients() agrees with central differences on whatever repeats an operand", () => {
  for (
    const shape of [[4, 3, 5, 1], [4, 1, 5, 2], [1, 3, 1, 2], [5, 1], [3, 1, 1]]
  ) {
    const sketch = new GraphSketch();
    const x = sketch.reshape(sketch.matmul(sketch.input("x", [4, 6]), 30), [
      4,
      3,
      5,
      2,
    ]);
    const factor = sketch.constant(shape);
    const product = sketch.binary("mul", [x, sketch.unary("tanh", factor)]);
    const sum = sketch.binary("add", [product, sketch.constant(shape)]);
    const row = sketch.unary("tanh", sketch.reshape(sum, [4, 30]));
    checkGradients(soft(trained(sketch, sketch.matmul(row, 5))));
  }
});

Deno.test("toVariables() leaves weights that are not asked for, numbers and what prepares pixels", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [2, 4]);
  const [two, four] = [sketch.constant([1]), sketch.constant([4])];
  const product = sketch.binary("mul", [sketch.layerNorm(x), two]);
  const graph = sketch.finish(sketch.binary("add", [product, four]));
  const [norm] = graph.nodes;
  const all = trainableOf(toVariables(graph, () => true));
  deepStrictEqual(all, [...norm.inputs.slice(1), four]);
  const [, scale] = norm.inputs;
  const one = toVariables(graph, (_, name) => name === scale);
  deepStrictEqual(trainableOf(one), [scale]);
  const tensors = new Map(graph.tensors);
  const read = () => new Float32Array(4);
  const pixels = { read, preparesPixels: true };
  tensors.set(four, { ...tensorOf(graph, four), constant: pixels });
  const others = toVariables({ ...graph, tensors }, () => true);
  deepStrictEqual(trainableOf(others), norm.inputs.slice(1));
});

Deno.test("appendGradients() names what has no gradient", () => {
  const refusalOfNode = (
    draw: (sketch: GraphSketch, x: string) => string,
  ): string => {
    const sketch = new GraphSketch();
    const x = sketch.matmul(sketch.input("x", [4, 6]), 6);
    const logits = sketch.matmul(draw(sketch, x), 3);
    return refusalOf(() => stepOf(trained(sketch, logits)));
  };
  const says =
    /Cannot train through node .* it has no gradient|has no gradient/;
  for (const name of ["floor", "round", "sign"] as const) {
    match(refusalOfNode((sketch, x) => sketch.unary(name, x)), says);
  }
  match(
    refusalOfNode((sketch, x) =>
      sketch.reduce(x, { function: "max", axes: [1], keepDims: true })
    ),
    says,
  );
  match(refusalOfNode((sketch, x) => sketch.binary("pow", [x, x])), says);
});

Deno.test("appendGradients() agrees with central differences on dense layers", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [6, 8]);
  const hidden = sketch.unary("relu", sketch.bias(sketch.matmul(x, 12)));
  checkGradients(soft(trained(sketch, sketch.bias(sketch.matmul(hidden, 5)))));
});

Deno.test("appendGradients() agrees with central differences on convolutions, pools, branches that join and add, and means", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [3, 9, 9, 3]);
  const stem = sketch.unary(
    "relu6",
    sketch.bias(sketch.conv(x, { channels: 4, size: 3, stride: 2 })),
  );
  const deep = sketch.unary("relu", sketch.norm(sketch.depthwise(stem)));
  const pooled = sketch.pool("avg_pool", stem);
  const joined = sketch.concat([deep, pooled, sketch.pool("max_pool", stem)]);
  const mixed = sketch.bias(sketch.conv(joined, { channels: 4 }));
  const residual = sketch.unary("relu", sketch.binary("add", [mixed, stem]));
  const features = sketch.mean(residual);
  checkGradients(
    soft(trained(sketch, sketch.bias(sketch.matmul(features, 3)))),
  );
});

Deno.test("appendGradients() agrees with central differences on convolutions in groups, whatever their size", () => {
  const sketch = new GraphSketch();
  const stem = sketch.conv(sketch.input("x", [2, 6, 5, 3]), { channels: 8 });
  const few = sketch.conv(stem, { channels: 8, groups: 2, size: 3, stride: 2 });
  const tiles = sketch.conv(sketch.bias(few), { channels: 128, groups: 2 });
  const single = sketch.conv(tiles, { channels: 128, groups: 128, size: 3 });
  const odd = sketch.conv(sketch.norm(single), { channels: 6, groups: 2 });
  const features = sketch.mean(sketch.unary("tanh", odd));
  checkGradients(
    soft(trained(sketch, sketch.bias(sketch.matmul(features, 3)))),
  );
});

/** The graph with each batch norm's statistics as variables that start at 0 and 1. */
function withMovingStatistics(graph: Graph): Graph {
  const tensors = new Map(graph.tensors);
  for (const node of graph.nodes) {
    if (node.op !== "batch_norm") continue;
    for (const [value, name] of node.inputs.slice(1, 3).entries()) {
      const { constant: _constant, ...tensor } = tensorOf(graph, name);
      const read = () => new Float32Array(tensor.shape[0]).fill(value);
      tensors.set(name, { ...tensor, variable: { read } });
    }
  }
  return { ...graph, tensors };
}

function normalised(): Graph {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [4, 6, 6, 3]);
  const hidden = sketch.norm(sketch.conv(x, { channels: 4, size: 3 }));
  // No relu: batch statistics move every element, and some across its kink.
  const features = sketch.mean(
    sketch.pool("avg_pool", sketch.binary("mul", [hidden, hidden])),
  );
  const logits = sketch.bias(sketch.matmul(features, 3));
  const graph = optimise(sketch.finish(logits), {
    without: ["foldBatchNorm", ...forwardPasses],
  });
  return toVariables(graph, () => true);
}

Deno.test("appendGradients() agrees with central differences through a batch norm, by fixed statistics and by the batch's", () => {
  checkGradients(soft(normalised()));
  checkGradients(withMovingStatistics(soft(normalised())));
});

Deno.test("buildTrainingStep() moves a batch norm's statistics by a tenth after the first steps, unless its layer is frozen", () => {
  const graph = withMovingStatistics(normalised());
  const [norm] = graph.nodes.filter(({ op }) => op === "batch_norm");
  const [, mean, variance] = norm.inputs;
  const step = stepOf(graph);
  const movedBy = (done: number) => {
    const after = compute(step, graph, done).results;
    const [movedMean] = after[variableBuffer(mean, 4)];
    const [movedVariance] = after[variableBuffer(variance, 4)];
    return [movedMean - 0, movedVariance - 1];
  };
  // The first batch's own, from which all others follow.
  const whole = movedBy(0);
  const halves = movedBy(1).map((value) => value / (1 / 2));
  const tenths = movedBy(1000).map((value) => value / (1 - 0.9));
  assertAllClose(halves, whole);
  assertAllClose(tenths, whole);
  ok(whole.every((value) => Math.abs(value) > 1e-3));
  deepStrictEqual(
    step.states.slice(-2).map(({ name }) => name),
    [mean, variance],
  );
  const frozen = stepOf(graph, trainableOf(graph).slice(-2));
  ok(!opsOf(frozen.graph).includes("batch_statistics"));
});

Deno.test("appendGradients() leaves what is before the first variable alone", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [2, 6, 6, 3]);
  const frozen = sketch.unary("relu", sketch.conv(x, { channels: 4, size: 3 }));
  const features = sketch.mean(frozen);
  const logits = sketch.bias(sketch.matmul(features, 3));
  const graph = optimise(sketch.finish(logits), { without: forwardPasses });
  const network = toVariables(graph, ({ op }) => op === "matmul");
  const { graph: step, gradients } = stepOf(network);
  deepStrictEqual([...gradients.keys()], variablesOf(network));
  deepStrictEqual(opsOf(step), [
    "gather",
    "conv2d",
    "mean",
    "matmul",
    "softmax_cross_entropy",
    "matmul",
    "sum_rows",
    "update",
    "update",
  ]);
});

Deno.test("appendGradients() names the node that it cannot go back through, and the variable that leads nowhere", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [2, 3, 3, 1]);
  const inner = sketch.resize(sketch.conv(x, { channels: 4 }), 1);
  const graph = toVariables(
    sketch.finish(sketch.matmul(sketch.mean(inner), 3)),
    () => true,
  );
  const [resize] = graph.nodes.filter(({ op }) => op === "resize_bilinear");
  strictEqual(
    refusalOf(() => stepOf(graph)),
    `Cannot train through node "${resize.name}" (resize_bilinear): the op has no gradient; freeze what is before it`,
  );
  const tensors = new Map(graph.tensors).set("aside", {
    name: "aside",
    shape: [1],
    dtype: "f32",
    variable: { read: () => new Float32Array(1) },
  });
  strictEqual(
    refusalOf(() => stepOf({ ...graph, tensors }, ["aside"])),
    'The loss does not depend on "aside": freeze it, or choose logits after it',
  );
});
