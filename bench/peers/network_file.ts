/**
 * A network in the plainest form, for other engines: a list of layers as JSON
 * and all weights in one file. Batch norm is folded and activations are fused,
 * as their own converters do it.
 *
 * @module
 */
import { join } from "@std/path";
import {
  type Graph,
  type Node,
  type Shape,
  tensorOf,
} from "../../src/graph/ir.ts";
import type { Pads, Size } from "../../src/graph/geometry.ts";

/** A range of the weights' file. */
export interface StoredTensor {
  /** Of its first value, counted in f32. */
  readonly offset: number;
  /** Row-major. */
  readonly shape: Shape;
}

/** One layer; tensors are named. */
export type PeerLayer =
  & { readonly output: string; readonly inputs: readonly string[] }
  & (
    | {
      readonly kind: "convolution";
      readonly filter: StoredTensor;
      readonly bias: StoredTensor;
      readonly strides: Size;
      readonly pads: Pads;
      readonly activation: "none" | "relu" | "relu6";
    }
    | {
      readonly kind: "maximum" | "average";
      readonly window: Size;
      readonly strides: Size;
      readonly pads: Pads;
    }
    | { readonly kind: "subtract" | "multiply"; readonly value: number }
    | { readonly kind: "concatenate" }
    | { readonly kind: "flatten" }
  );

/** Layers from pixels `(1, height, width, 3)` to features `(1, width)`. */
export interface PeerNetwork {
  /** The pixels' name. */
  readonly input: string;
  /** NHWC, of one picture. */
  readonly inputShape: Shape;
  /** The features' name. */
  readonly output: string;
  /** In an order in which each one's inputs come before it. */
  readonly layers: readonly PeerLayer[];
}

/** Names of the files in a peer's folder. */
export const peerFiles = {
  network: "network.json",
  weights: "weights.bin",
  pixels: "pixels.bin",
  graph: "graph.pb",
  onnx: "network.onnx",
  tensors: "tensors.json",
} as const;

/**
 * Writes an optimised graph, but for concatenation in place, into a folder.
 *
 * @throws {Error} if it holds an op that peers are not told of.
 */
export async function writeNetwork(
  graph: Graph,
  folder: string,
): Promise<void> {
  const parts: Float32Array<ArrayBuffer>[] = [];
  let offset = 0;
  const store = (name: string): StoredTensor => {
    const { shape, constant } = tensorOf(graph, name);
    if (!constant) throw new Error(`"${name}" is no constant`);
    const values = Float32Array.from(constant.read());
    parts.push(values);
    offset += values.length;
    return { offset: offset - values.length, shape };
  };
  const [input] = graph.inputs;
  const network: PeerNetwork = {
    input,
    inputShape: tensorOf(graph, input).shape,
    output: graph.outputs[0],
    layers: graph.nodes.map((node) => layerOf(node, graph, store)),
  };
  await Deno.writeTextFile(
    join(folder, peerFiles.network),
    JSON.stringify(network),
  );
  const weights = new Blob(parts).stream();
  await Deno.writeFile(join(folder, peerFiles.weights), weights);
}

function layerOf(
  node: Node,
  graph: Graph,
  store: (name: string) => StoredTensor,
): PeerLayer {
  const [output] = node.outputs;
  const [x, second, third] = node.inputs;
  switch (node.op) {
    case "conv2d": {
      const { strides, pads, activation, groups = 1 } = node.attributes;
      if (groups > 1) {
        throw new Error("Groups of channels are not written for other engines");
      }
      if (
        activation !== "none" && activation !== "relu" && activation !== "relu6"
      ) throw new Error(`"${activation}" is not written for other engines`);
      return {
        kind: "convolution",
        output,
        inputs: [x],
        filter: store(second),
        bias: store(third),
        strides,
        pads,
        activation,
      };
    }
    case "max_pool":
      return { kind: "maximum", output, inputs: [x], ...node.attributes };
    case "avg_pool":
      return { kind: "average", output, inputs: [x], ...node.attributes };
    case "concat":
      return { kind: "concatenate", output, inputs: node.inputs };
    case "reshape":
      return { kind: "flatten", output, inputs: [x] };
    case "binary": {
      const value = tensorOf(graph, second).constant?.read()[0];
      const kinds = { sub: "subtract", mul: "multiply" } as const;
      const kind = Object.entries(kinds)
        .find(([name]) => name === node.attributes.function)?.[1];
      if (kind === undefined || value === undefined) break;
      return { kind, output, inputs: [x], value };
    }
  }
  throw new Error(`Peers are not told of "${node.name}" (${node.op})`);
}

/** A network and its weights, as {@linkcode writeNetwork} wrote them. */
export async function readNetwork(folder: string): Promise<{
  network: PeerNetwork;
  valuesOf(stored: StoredTensor): Float32Array<ArrayBuffer>;
  pixels: Float32Array<ArrayBuffer>;
}> {
  const text = await Deno.readTextFile(join(folder, peerFiles.network));
  const [weights, pixels] = await Promise.all(
    [peerFiles.weights, peerFiles.pixels].map(async (name) =>
      new Float32Array((await Deno.readFile(join(folder, name))).buffer)
    ),
  );
  return {
    network: JSON.parse(text),
    pixels,
    valuesOf({ offset, shape }) {
      const length = shape.reduce((product, size) => product * size, 1);
      return weights.slice(offset, offset + length);
    },
  };
}
