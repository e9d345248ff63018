/** Gradients of a ViT and a ConvNeXt of a few blocks against PyTorch's (`golden/block_gradients.py`). */
import { ok, strictEqual } from "@std/assert";
import { testSession } from "../kernels/testing.ts";
import { presetTuning } from "../kernels/tuning.ts";
import {
  seededImages,
  seededUniform,
  seededValues,
} from "../models/testing.ts";
import { GrowingGraph } from "../src/graph/growing_graph.ts";
import {
  type Activation,
  elementCount,
  type Graph,
  type Shape,
} from "../src/graph/ir.ts";
import { windowAttributes } from "../src/graph/layers.ts";
import { type NewNode, rules, type Value } from "../src/graph/ops/mod.ts";
import { planGraphStep, StepRunner } from "../src/train/planned_step.ts";
import { buildTrainingStep } from "../src/train/training_step.ts";
import { trainableOf, writeInitialValues } from "../src/train/variables.ts";
import golden from "./golden/block_gradients.json" with { type: "json" };

const { classes, batch, size } = golden;

/** Where a tensor of ours has the axes of PyTorch's. */
const orders: Readonly<Record<string, readonly number[]>> = {
  conv2d: [2, 3, 1, 0],
  depthwise_conv2d: [2, 3, 0, 1],
};

function turned(value: Value, order: readonly number[]): Float32Array {
  const shape = order.map((axis) => value.shape[axis]);
  const data = rules.transpose.evaluate?.([value], { order }, shape);
  return Float32Array.from(data ?? []);
}

/** A network by PyTorch's names, from seeded weights. */
class Sketch {
  readonly #graph = new GrowingGraph();
  /** The axes of tensors that lie otherwise in PyTorch's files. */
  readonly orders = new Map<string, readonly number[]>();
  #next = 0;

  images(): string {
    return this.#graph.input("images", [batch, size, size, 3]);
  }

  shape(x: string): Shape {
    return this.#graph.shape(x);
  }

  weight(name: string, shape: Shape, order?: readonly number[]): string {
    const data = seededValues(name, shape);
    if (order) this.orders.set(name, order);
    const made = order ? turned({ shape, data }, order) : data;
    return this.#graph.add({
      name,
      shape: order?.map((axis) => shape[axis]) ?? shape,
      dtype: "f32",
      variable: { read: () => made },
    });
  }

  add(node: NewNode, shape?: Shape): string {
    return this.#graph.append(node, { name: `node ${this.#next++}`, shape })[0];
  }

  convolution(
    op: "conv2d" | "depthwise_conv2d",
    x: string,
    { name, channels, window, stride = 1, padding = 0 }: {
      readonly name: string;
      readonly channels: number;
      readonly window: number;
      readonly stride?: number;
      readonly padding?: number;
    },
  ): string {
    const depth = op === "conv2d" ? this.shape(x)[3] : 1;
    const file = [channels, depth, window, window];
    const filter = this.weight(`${name}.weight`, file, orders[op]);
    const moved = { size: window, stride, padding };
    return this.add({
      op,
      inputs: [x, filter, this.weight(`${name}.bias`, [channels])],
      attributes: {
        ...windowAttributes(this.shape(x), moved),
        dilations: { height: 1, width: 1 },
        activation: "none",
      },
    });
  }

  norm(name: string, x: string): string {
    const columns = this.shape(x).at(-1) ?? 1;
    const weights = ["weight", "bias"].map((part) =>
      this.weight(`${name}.${part}`, [columns])
    );
    const attributes = { epsilon: 1e-6 };
    return this.add({ op: "layer_norm", inputs: [x, ...weights], attributes });
  }

  linear(
    [weight, bias]: readonly [string, string],
    x: string,
    units: number,
  ): string {
    const columns = this.shape(x).at(-1) ?? 1;
    const kernel = this.weight(weight, [units, columns]);
    const attributes = {
      ...{ transposeA: false, transposeB: true },
      activation: "none",
    } as const;
    const inputs = [x, kernel, this.weight(bias, [units])];
    return this.add({ op: "matmul", inputs, attributes });
  }

  dense(name: string, x: string, units: number): string {
    return this.linear([`${name}.weight`, `${name}.bias`], x, units);
  }

  gelu(x: string): string {
    const attributes = { function: "gelu" } as const;
    return this.add({ op: "unary", inputs: [x], attributes });
  }

  binary(
    operation: "add" | "mul",
    inputs: readonly [string, string],
    activation: Activation = "none",
  ): string {
    const attributes = { function: operation, activation };
    return this.add({ op: "binary", inputs, attributes });
  }

  scale(x: string, factor: number): string {
    const read = () => Float32Array.of(factor);
    const constant = this.#graph.constant("factor", { shape: [], read });
    return this.binary("mul", [x, constant]);
  }

  reshape(x: string, shape: Shape): string {
    return this.add({ op: "reshape", inputs: [x], attributes: {} }, shape);
  }

  transpose(x: string, order: readonly number[]): string {
    const attributes = { order };
    return this.add({ op: "transpose", inputs: [x], attributes });
  }

  slice(x: string, axis: number, [offset, count]: readonly number[]): string {
    const attributes = { axis, offset, size: count };
    return this.add({ op: "slice", inputs: [x], attributes });
  }

  finish(logits: string): Graph {
    return this.#graph.finish(logits);
  }
}

function attention(sketch: Sketch, name: string, x: string): string {
  const [, tokens, width] = sketch.shape(x);
  const heads = 4;
  const joined = sketch.linear(
    [`${name}.in_proj_weight`, `${name}.in_proj_bias`],
    x,
    3 * width,
  );
  const [q, k, v] = [0, 1, 2].map((at) => {
    const part = sketch.slice(joined, 2, [at * width, width]);
    const shape = [batch, tokens, heads, width / heads];
    return sketch.transpose(sketch.reshape(part, shape), [0, 2, 1, 3]);
  });
  const products = (a: string, b: string, transposeB: boolean) =>
    sketch.add({
      op: "batch_matmul",
      inputs: [a, b],
      attributes: { transposeA: false, transposeB },
    });
  const scores = sketch.scale(products(q, k, true), (width / heads) ** -0.5);
  const inputs = [scores];
  const weights = sketch.add({ op: "softmax", inputs, attributes: {} });
  const turned = sketch.transpose(products(weights, v, false), [0, 2, 1, 3]);
  const whole = sketch.reshape(turned, [batch, tokens, width]);
  return sketch.dense(`${name}.out_proj`, whole, width);
}

function vit(sketch: Sketch): string {
  const [width, patch] = [64, 8];
  const tokens = (size / patch) ** 2;
  const patches = sketch.convolution("conv2d", sketch.images(), {
    ...{ name: "conv_proj", channels: width, window: patch, stride: patch },
  });
  const first = sketch.add({
    op: "tile",
    inputs: [sketch.weight("class_token", [1, 1, width])],
    attributes: { axis: 0, times: batch },
  });
  const joined = sketch.add({
    op: "concat",
    inputs: [first, sketch.reshape(patches, [batch, tokens, width])],
    attributes: { axis: 1 },
  });
  const places = [1, tokens + 1, width];
  const embedding = sketch.weight("encoder.pos_embedding", places);
  const x = sketch.binary("add", [joined, embedding]);
  const name = "encoder.layers.encoder_layer_0";
  const normed = sketch.norm(`${name}.ln_1`, x);
  const seen = attention(sketch, `${name}.self_attention`, normed);
  const y = sketch.binary("add", [seen, x]);
  const rows = sketch.norm(`${name}.ln_2`, y);
  const hidden = sketch.gelu(sketch.dense(`${name}.mlp.0`, rows, 128));
  const made = sketch.dense(`${name}.mlp.3`, hidden, width);
  const last = sketch.norm("encoder.ln", sketch.binary("add", [y, made]));
  const token = sketch.reshape(sketch.slice(last, 1, [0, 1]), [batch, width]);
  return sketch.dense("heads.head", token, classes);
}

function block(sketch: Sketch, name: string, x: string): string {
  const [, , , channels] = sketch.shape(x);
  const seen = sketch.convolution("depthwise_conv2d", x, {
    ...{ name: `${name}.block.0`, channels, window: 7, padding: 3 },
  });
  const normed = sketch.norm(`${name}.block.2`, seen);
  const wide = sketch.dense(`${name}.block.3`, normed, 4 * channels);
  const made = sketch.dense(`${name}.block.5`, sketch.gelu(wide), channels);
  // Channels are first in PyTorch, so that all but the first axis have size 1.
  const scale = sketch.weight(
    `${name}.layer_scale`,
    [channels, 1, 1],
    [1, 2, 0],
  );
  return sketch.binary("add", [sketch.binary("mul", [made, scale]), x]);
}

function convnext(sketch: Sketch): string {
  const stem = sketch.convolution("conv2d", sketch.images(), {
    ...{ name: "features.0.0", channels: 48, window: 4, stride: 4 },
  });
  const first = block(
    sketch,
    "features.1.0",
    sketch.norm("features.0.1", stem),
  );
  const half = sketch.convolution(
    "conv2d",
    sketch.norm("features.2.0", first),
    {
      ...{ name: "features.2.1", channels: 64, window: 2, stride: 2 },
    },
  );
  const second = block(sketch, "features.3.0", half);
  const pooled = sketch.add({
    op: "mean",
    inputs: [second],
    attributes: { axes: [1, 2], keepDims: false },
  });
  const normed = sketch.norm("classifier.0", pooled);
  return sketch.dense("classifier.2", normed, classes);
}

/** The places of a tensor, in the file's order, whose gradients are kept. */
function placesIn(name: string, count: number, length: number): number[] {
  return Array.from(
    seededUniform(`places in ${name}`, count),
    (u) => Math.floor((u + 1) / 2 * length),
  );
}

/** The squared relative distance of a gradient from float64's. */
function shareOf(
  gradient: Float32Array,
  { name, exact }: { readonly name: string; readonly exact: readonly number[] },
): number {
  const places = placesIn(name, exact.length, gradient.length);
  const error = exact.map((value, at) => gradient[places[at]] - value);
  return (Math.hypot(...error) / Math.hypot(...exact)) ** 2;
}

for (const [id, draw] of Object.entries({ vit, convnext })) {
  Deno.test(`the gradients of a small ${id} are as near to float64 as PyTorch's`, async () => {
    const sketch = new Sketch();
    const graph = sketch.finish(draw(sketch));
    const { loss, distance, gradients } = id === "vit"
      ? golden.networks.vit
      : golden.networks.convnext;
    const step = buildTrainingStep(graph, {
      logits: graph.outputs[0],
      variables: trainableOf(graph),
      loss: { kind: "softmax" },
      update: { rule: "sgd", secondShare: 0, penalty: 0 },
      dataRows: batch,
      steps: 1,
      keepGradients: true,
    });
    const session = await testSession();
    const tuning = presetTuning(session.adapter);
    const planned = planGraphStep(graph, { step, tuning });
    const runner = await StepRunner.load(session, planned);
    await writeInitialValues(session, step.graph);
    const images = seededImages(size, { batch });
    await session.write(runner.planned.buffers.data, images);
    const rows = { length: batch };
    const [first] = await runner.run({
      count: 1,
      places: Uint32Array.from(rows, (_, row) => row),
      labels: Uint32Array.from(rows, (_, row) => row * 3 % classes),
      schedule: new Float32Array(4),
    });
    ok(Math.abs(first.loss - loss) <= 1e-6 * loss, `${first.loss}, ${loss}`);
    const shares: number[] = [];
    for (const [name, exact] of Object.entries(gradients)) {
      const { shape } = graph.tensors.get(name) ?? { shape: [] };
      const buffer = await session.read(
        step.gradients.get(name) ?? name,
        elementCount(shape) * 4,
      );
      const data = new Float32Array(buffer);
      const order = sketch.orders.get(name);
      const back = order?.map((_, axis) => order.indexOf(axis));
      const inFile = back ? turned({ shape, data }, back) : data;
      shares.push(shareOf(inFile, { name, exact }));
    }
    await runner.close();
    strictEqual(shares.length, step.gradients.size);
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const found = Math.sqrt(mean);
    ok(found <= 2 * distance, `${found}, PyTorch ${distance}`);
  });
}
