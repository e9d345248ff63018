/**
 * The nets that `--net` names: those of the store, those that have a name and no
 * weights here, files, and networks that only the benchmark builds.
 *
 * @module
 */
import { basename } from "@std/path";
import { inceptionGraph } from "../models/inception_v3_npm.ts";
import {
  type Architecture,
  architectureOf,
  fullName,
  isModelName,
  modelsNamed,
  networkNamed,
  networkNames,
} from "../models/mod.ts";
import { smallCnn } from "../models/networks.ts";
import { joinBytes } from "../src/bytes/join_bytes.ts";
import { UsageError } from "../src/errors.ts";
import {
  type FeatureModel,
  openModel,
  resolveModel,
} from "../src/features/mod.ts";
import {
  elementCount,
  frozenGraph,
  type Graph,
  nodeNameOf,
  type Shape,
  tensorOf,
} from "../src/graph/mod.ts";
import { LayerGraph } from "../src/graph/layers.ts";
import type { FrozenNetwork } from "../src/plan/mod.ts";
import { openStore, type Store } from "../src/store/mod.ts";
import { didYouMean } from "../src/suggest.ts";
import { resnext50 } from "./networks.ts";
import { convnextT, vitB } from "./transformers.ts";

/** The nets that people bring: what the benchmark measures where `--net` names none. */
export const defaultNets = [
  "efficientnet-lite0",
  "mobilenet-v2",
  "resnet-50",
  "inception-v3",
] as const;

/** The backbone that commands take where none is named. */
export const usualNet = defaultNets[0];

/** A net that is measured. */
export interface BenchNet {
  /** The name that it was asked for by, in full; of a file, the file's. */
  readonly name: string;
  /** Where its weights are from; times are the same whatever they are. */
  readonly weights: "the store" | "a file" | "a seed";
  /** For one picture, as it is planned. */
  readonly network: FrozenNetwork;
  /** The same from pictures on; absent where the benchmark builds it. */
  readonly model?: FeatureModel;
}

/** Networks that have no released weights here. */
const builders: Readonly<Record<string, () => Graph>> = {
  "small-cnn": () => smallCnn({ batch: 1, size: 28, seed: 0 }),
  "resnext-50": resnext50,
  "vit-b/16": vitB,
  "convnext-t": convnextT,
};

/**
 * The names in the value of `--net`.
 *
 * @throws {UsageError} if one is empty, or is nothing that is known
 */
export function netNames(value: string): string[] {
  const names = value.split(",").map((name) => name.trim());
  for (const name of names) {
    const isKnown = Object.hasOwn(builders, name) || isModelName(name) ||
      networkNamed(name) !== undefined || isFile(name);
    if (isKnown) continue;
    const known = [...netsKnown()];
    throw new UsageError(
      `--net has ${
        JSON.stringify(name)
      }, expected a file (.pb, .onnx, .safetensors, .pth, .h5) or one of ${
        Object.keys(builders).join(", ")
      } and the names of "./espalier fetch --list"${
        didYouMean(name.toLowerCase(), { known })
      }`,
    );
  }
  return names;
}

function* netsKnown(): Generator<string> {
  yield* Object.keys(builders);
  yield* defaultNets;
  yield* networkNames;
}

function isFile(name: string): boolean {
  return /\.\w+$/.test(name) && !/\.\d+$/.test(name);
}

/**
 * Opens a net by its name, from its file, or as the benchmark builds it. What the
 * store lacks has seeded weights.
 *
 * @throws {InputError} if a file cannot be read or is no model
 */
export async function openNet(
  name: string,
  { store = openStore() }: { store?: Store } = {},
): Promise<BenchNet> {
  if (Object.hasOwn(builders, name)) {
    const network = { graph: frozen(builders[name]()) };
    return { name, weights: "a seed", network };
  }
  if (!isModelName(name) && networkNamed(name) === undefined) {
    const { model } = await resolveModel({ model: name }, { store });
    return { name: basename(name), weights: "a file", network: model, model };
  }
  for (const entry of modelsNamed(name)) {
    if (!await store.has(entry)) continue;
    const { model } = await resolveModel({ model: entry.name }, { store });
    const network = model;
    return { name: fullName(name), weights: "the store", network, model };
  }
  const model = seededModel(name);
  return { name: fullName(name), weights: "a seed", network: model, model };
}

/** A network by its name, its weights drawn. */
function seededModel(name: string): FeatureModel {
  const isGraph = modelsNamed(name).some(({ content }) =>
    content.kind === "graph"
  );
  if (isGraph) return openModel(inceptionBytes());
  const named = networkNamed(name);
  if (!named) throw new Error(`There is no network "${name}"`);
  return modelOf(architectureOf(named.architecture), named.size);
}

function modelOf(architecture: Architecture, size: number): FeatureModel {
  const layers = new LayerGraph({ constants: seededConstant });
  const images = layers.input("images", [1, size, size, 3]);
  const features = architecture.features(layers, images);
  const { mean, std, order } = architecture.pixels;
  return openModel(frozenGraph(layers.finish(features)), {
    inputTensor: `${images}:0`,
    bottleneckTensor: `${nodeNameOf(features)}:0`,
    inputSize: size,
    ...{ mean, std, channelOrder: order },
  });
}

/** Inception-v3 as the tutorial has it, from pictures on. */
function inceptionBytes(): Uint8Array<ArrayBuffer> {
  const pieces = inceptionGraph(({ index, filterShape }) => {
    const channels = filterShape[3];
    return {
      filter: seededKernel(`${index}`, filterShape),
      beta: new Float32Array(channels),
      mean: new Float32Array(channels),
      variance: new Float32Array(channels).fill(1),
    };
  });
  return joinBytes([...pieces]);
}

/** The graph with its variables as they start, for good. */
function frozen(graph: Graph): Graph {
  const tensors = [...graph.tensors].map(([name, tensor]) => {
    const { variable, ...rest } = tensor;
    return [name, variable ? { ...rest, constant: variable } : tensor] as const;
  });
  return { ...graph, tensors: new Map(tensors) };
}

function seededConstant(
  name: string,
  shape: Shape,
): { read(): Float32Array<ArrayBuffer> } {
  if (shape.length > 1) return { read: () => seededKernel(name, shape) };
  const isOne = /(variance|gamma)$/.test(name);
  return {
    read: () => new Float32Array(elementCount(shape)).fill(isOne ? 1 : 0),
  };
}

/** Weights under which values keep their size from layer to layer (He et al., arXiv 1502.01852). */
function seededKernel(name: string, shape: Shape): Float32Array<ArrayBuffer> {
  // What is one channel wide convolves each channel by itself.
  const read = shape.at(-1) === 1 ? shape.slice(0, 2) : shape.slice(0, -1);
  const limit = Math.sqrt(6 / elementCount(read));
  let state = 1;
  for (const letter of name) {
    state = (Math.imul(state, 31) + letter.charCodeAt(0)) >>> 0;
  }
  return Float32Array.from({ length: elementCount(shape) }, () => {
    // Numerical Recipes' generator; its upper bits are good enough here.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return limit * (state / 2 ** 31 - 1);
  });
}

/** Height, width and channels of the pictures that a net takes. */
export function pictureSize(
  { graph }: FrozenNetwork,
): { height: number; width: number; channels: number } {
  const [, height, width, channels] = tensorOf(graph, graph.inputs[0]).shape;
  return { height, width, channels };
}
