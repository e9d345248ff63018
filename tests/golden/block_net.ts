/**
 * The net of `block_net.json` as TensorFlow would write it, with the weights
 * that `block_net.py` makes.
 *
 * @module
 */
import { testValues } from "../../kernels/testing.ts";
import { pictureNodes } from "../../src/features/testing.ts";
import type { GraphDef, NodeDef } from "../../src/graph/mod.ts";
import {
  constantNode,
  floatConstant,
  intConstant,
  ints,
  node,
  text,
} from "../../src/graph/testing.ts";
import spec from "./block_net.json" with { type: "json" };

type Layer = typeof spec.layers[number];
type Convolution = Extract<Layer, { filters: number }>;

/** Added to every variance. */
const epsilon = 0.001;

/** Statistics of a batch norm, with the range of their values. */
const statistics = {
  mean: [-0.2, 0.2],
  variance: [0.5, 1.5],
  beta: [-0.2, 0.4],
  gamma: [0.7, 1.3],
} as const;

/** The frozen graph; its picture's file is `contents`, its result `features`. */
export function blockNet(): GraphDef {
  const { size, layers } = spec;
  const channels = new Map([["pixels", 3]]);
  const body = layers.flatMap((layer, index) => {
    const inputs = layer.of.map((name) => channels.get(name) ?? 0);
    const { nodes, output } = layerNodes(layer, { index, inputs });
    channels.set(layer.name, output);
    return nodes;
  });
  const last = layers[layers.length - 1].name;
  return {
    producer: 8,
    nodes: [
      ...pictureNodes({ size }),
      floatConstant("mean", 128),
      node("Sub", "centred", { inputs: ["resized", "mean"] }),
      floatConstant("scale", 1 / 128),
      node("Mul", "pixels", { inputs: ["centred", "scale"] }),
      ...body,
      intConstant("row", [1, channels.get(last) ?? 0]),
      node("Reshape", "features", { inputs: [last, "row"] }),
    ],
  };
}

/** Nodes of a layer, and its channels. */
function layerNodes(
  layer: Layer,
  { index, inputs }: { index: number; inputs: readonly number[] },
): { nodes: NodeDef[]; output: number } {
  const { name, of } = layer;
  if (layer.filters !== undefined) {
    const nodes = convolutionNodes(layer, { index, channels: inputs[0] });
    return { nodes, output: layer.filters };
  }
  if (layer.op === "concat") {
    const axis = intConstant(`${name}/axis`, 3);
    return {
      nodes: [axis, node("Concat", name, { inputs: [axis.name, ...of] })],
      output: inputs.reduce((a, b) => a + b),
    };
  }
  const attributes = {
    ...sliding(layer),
    ksize: ints(1, ...(layer.window ?? []), 1),
  };
  const op = layer.op === "max_pool" ? "MaxPool" : "AvgPool";
  return {
    nodes: [node(op, name, { inputs: of, attributes })],
    output: inputs[0],
  };
}

function sliding({ stride = 1, padding = "" }: {
  readonly stride?: number;
  readonly padding?: string;
}) {
  return { strides: ints(1, stride, stride, 1), padding: text(padding) };
}

function convolutionNodes(
  layer: Convolution,
  { index, channels }: { index: number; channels: number },
): NodeDef[] {
  const { name, of, filters, window: [height, width] } = layer;
  const shape = [height, width, channels, filters];
  const bound = Math.sqrt(6 / (height * width * channels));
  const seed = 8 * index + 1;
  const constants = Object.entries(statistics).map(([part, range], at) =>
    constant(`${name}/${part}`, [filters], { seed: seed + 1 + at, range })
  );
  return [
    constant(`${name}/filter`, shape, { seed, range: [-bound, bound] }),
    node("Conv2D", `${name}/product`, {
      inputs: [of[0], `${name}/filter`],
      attributes: sliding(layer),
    }),
    ...constants,
    ...normNodes(layer),
    node("Relu", name, { inputs: [`${name}/norm`] }),
  ];
}

/** The batch norm of `product`, called `norm`, in one of TensorFlow's spellings. */
function normNodes({ name, norm }: Convolution): NodeDef[] {
  const inner = (...parts: readonly string[]) =>
    parts.map((part) => `${name}/${part}`);
  const make = (op: string, part: string, ...inputs: readonly string[]) =>
    node(op, `${name}/${part}`, { inputs: inner(...inputs) });
  switch (norm) {
    case "global":
      return [
        node("BatchNormWithGlobalNormalization", `${name}/norm`, {
          inputs: inner("product", "mean", "variance", "beta", "gamma"),
          attributes: {
            variance_epsilon: { kind: "float", value: epsilon },
            scale_after_normalization: { kind: "bool", value: true },
          },
        }),
      ];
    case "fused":
      return [
        node("FusedBatchNorm", `${name}/norm`, {
          inputs: inner("product", "gamma", "beta", "mean", "variance"),
          attributes: {
            epsilon: { kind: "float", value: epsilon },
            is_training: { kind: "bool", value: false },
          },
        }),
      ];
    case "spelled":
      return [
        floatConstant(`${name}/epsilon`, epsilon),
        make("Add", "safe", "variance", "epsilon"),
        make("Rsqrt", "root", "safe"),
        make("Mul", "factor", "root", "gamma"),
        make("Mul", "scaled", "product", "factor"),
        make("Mul", "offset", "mean", "factor"),
        make("Sub", "shift", "beta", "offset"),
        make("Add", "norm", "scaled", "shift"),
      ];
    default:
      throw new Error(`block_net.json knows no batch norm "${norm}"`);
  }
}

/** A constant in low..high; the twin of `weights` in block_net.py. */
function constant(
  name: string,
  shape: readonly number[],
  { seed, range: [low, high] }: {
    seed: number;
    range: readonly [number, number];
  },
): NodeDef {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = testValues(count, seed)
    .map((unit) => (low + high) / 2 + (high - low) / 2 * unit);
  return constantNode(name, shape, values);
}
