/**
 * Graphs from layers with fresh weights: what native networks and new heads are
 * made of.
 *
 * @module
 */
import type { Activation } from "../../kernels/activation.ts";
import { Random } from "../bytes/random.ts";
import { type Padding, type Pads, resolvePads, type Size } from "./geometry.ts";
import { GrowingGraph } from "./growing_graph.ts";
import { type Constant, elementCount, type Graph, type Shape } from "./ir.ts";
import type { NewNode } from "./ops/mod.ts";

/** Random streams of initial weights begin here, apart from those of splits and batches. */
const firstStream = 1000;

/** A square window over height and width. */
export interface WindowOptions {
  /** Height and width of the window, in pixels. */
  readonly size: number;
  /** Pixels from one window to the next [1]. */
  readonly stride?: number;
  /** How the border is padded [VALID]. */
  readonly padding?: Padding;
}

/** What a layer with weights does after its product. */
export interface WeightOptions {
  /** Applied to the result [none]. */
  readonly activation?: Activation;
  /** Whether there is one number a channel that is added [true]. */
  readonly bias?: boolean;
}

/** What a {@linkcode LayerGraph} begins with. */
export interface LayerGraphOptions {
  /** Decides initial weights [0]. */
  readonly seed?: number;
  /** What it goes on from [an empty graph]. */
  readonly from?: Graph;
  /** Makes the weights; they are constants then, and not variables. */
  readonly constants?: (name: string, shape: Shape) => Constant;
}

/**
 * A graph that grows by layers; each method returns the name of its output, and
 * makes variables `<layer>/kernel` and so on: kernels uniform in
 * `+-sqrt(6 / (fanIn + fanOut))` (Glorot and Bengio 2010, as Keras), biases zero.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * const layers = new LayerGraph({ seed: 0 });
 * const rows = layers.input("rows", [8, 4]);
 * const { tensors } = layers.finish(layers.dense("logits", rows, { units: 3 }));
 * deepStrictEqual(tensors.get("logits/kernel")?.shape, [4, 3]);
 * ```
 */
export class LayerGraph extends GrowingGraph {
  readonly #seed: number;
  readonly #constants: LayerGraphOptions["constants"];
  #variables = 0;

  /** An empty graph, unless there is one to go on from. */
  constructor({ seed = 0, from, constants }: LayerGraphOptions = {}) {
    super(from);
    this.#seed = seed;
    this.#constants = constants;
  }

  /** `x * factor + offset`, element by element. */
  affine(
    name: string,
    x: string,
    { factor, offset = 0 }: {
      readonly factor: number;
      readonly offset?: number;
    },
  ): string {
    const steps = [
      [name, "mul", factor],
      ...offset === 0 ? [] : [[`${name}/offset`, "add", offset] as const],
    ] as const;
    return steps.reduce((input, [name, operation, by]) => {
      const read = () => Float32Array.of(by);
      const number = this.constant(`${name}/by`, { shape: [], read });
      const attributes = { function: operation, activation: "none" } as const;
      const inputs = [input, number];
      return this.#add(name, { op: "binary", inputs, attributes });
    }, x);
  }

  /** A convolution of an image `(n, h, w, c)`. */
  convolution(
    name: string,
    x: string,
    { channels, ...options }: WindowOptions & WeightOptions & {
      readonly channels: number;
    },
  ): string {
    const shape = [this.#last(x), channels];
    return this.#convolve("conv2d", name, { x, shape, ...options });
  }

  /** A convolution of each channel by itself. */
  depthwise(
    name: string,
    x: string,
    options: WindowOptions & WeightOptions,
  ): string {
    const shape = [this.#last(x), 1];
    return this.#convolve("depthwise_conv2d", name, { x, shape, ...options });
  }

  #convolve(
    op: "conv2d" | "depthwise_conv2d",
    name: string,
    { x, shape, activation = "none", bias = true, ...window }:
      & WindowOptions
      & WeightOptions
      & {
        readonly x: string;
        /** Of the filter, without its size. */
        readonly shape: Shape;
      },
  ): string {
    const { size } = window;
    const kernel = this.#kernel(name, [size, size, ...shape]);
    const channels = op === "conv2d" ? shape[1] : shape[0];
    const inputs = [
      x,
      kernel,
      ...bias ? [this.#filled(name, "bias", channels)] : [],
    ];
    const attributes = {
      ...windowAttributes(this.shape(x), window),
      dilations: { height: 1, width: 1 },
      activation,
    };
    return this.#add(name, { op, inputs, attributes });
  }

  /** Batch normalisation: by the batch while it is trained, by moving averages else. */
  batchNorm(
    name: string,
    x: string,
    { activation = "none", epsilon = 0.001 }: {
      readonly activation?: Activation;
      readonly epsilon?: number;
    } = {},
  ): string {
    const channels = this.#last(x);
    const inputs = [
      x,
      this.#filled(name, "moving_mean", channels),
      this.#filled(name, "moving_variance", channels, 1),
      this.#filled(name, "beta", channels),
      this.#filled(name, "gamma", channels, 1),
    ];
    const attributes = { epsilon, activation };
    return this.#add(name, { op: "batch_norm", inputs, attributes });
  }

  /** The largest value of each window. */
  maxPool(name: string, x: string, options: WindowOptions): string {
    const { size } = options;
    const window = { height: size, width: size };
    const moved = windowAttributes(this.shape(x), options);
    const attributes = { window, ...moved };
    return this.#add(name, { op: "max_pool", inputs: [x], attributes });
  }

  /** The mean over height and width: `(n, h, w, c)` to `(n, c)`. */
  meanOverSpace(name: string, x: string): string {
    const attributes = { axes: [1, 2], keepDims: false };
    return this.#add(name, { op: "mean", inputs: [x], attributes });
  }

  /** All but the first axis as one: `(n, h, w, c)` to `(n, h * w * c)`. */
  flatten(name: string, x: string): string {
    const [batch, ...rest] = this.shape(x);
    const node = { op: "reshape", inputs: [x], attributes: {} } as const;
    return this.#add(name, node, [batch, elementCount(rest)]);
  }

  /** The product of rows with a matrix. */
  dense(
    name: string,
    x: string,
    { units, activation = "none", bias = true }: WeightOptions & {
      readonly units: number;
    },
  ): string {
    const kernel = this.#kernel(name, [this.#last(x), units]);
    return this.#add(name, {
      op: "matmul",
      inputs: [x, kernel, ...bias ? [this.#filled(name, "bias", units)] : []],
      attributes: { transposeA: false, transposeB: false, activation },
    });
  }

  /** While training, a share `rate` of the elements becomes 0. */
  dropout(name: string, x: string, rate: number): string {
    const attributes = { rate, seed: 0, stream: 0, afterLoss: false };
    return this.#add(name, { op: "dropout", inputs: [x], attributes });
  }

  #last(x: string): number {
    return this.shape(x).at(-1) ?? 1;
  }

  #kernel(layer: string, shape: Shape): string {
    // A dense matrix has a receptive field of one pixel.
    const field = elementCount(shape.slice(0, -2));
    const [fanIn, fanOut] = shape.slice(-2).map((size) => size * field);
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    const stream = firstStream + this.#variables++;
    const read = () => {
      const random = Random.seeded(this.#seed, { stream });
      return Float32Array.from(
        { length: elementCount(shape) },
        () => (2 * random.uniform() - 1) * limit,
      );
    };
    return this.#weight(`${layer}/kernel`, shape, read);
  }

  #filled(layer: string, what: string, size: number, value = 0): string {
    const read = () => new Float32Array(size).fill(value);
    return this.#weight(`${layer}/${what}`, [size], read);
  }

  #weight(name: string, shape: Shape, read: () => Float32Array): string {
    const constant = this.#constants?.(name, shape);
    const values = constant ? { constant } : { variable: { read } };
    return this.add({ name, shape, dtype: "f32", ...values });
  }

  #add(name: string, node: NewNode, shape?: Shape): string {
    const [output] = this.append(node, { name, shape });
    if (output === name) return name;
    throw new Error(`The graph has two layers "${name}"`);
  }
}

/** How a window moves over an image `(n, h, w, c)`. */
export function windowAttributes(
  [, height, width]: Shape,
  { size, stride = 1, padding = "VALID" }: WindowOptions,
): { readonly strides: Size; readonly pads: Pads } {
  const strides = { height: stride, width: stride };
  const pads = resolvePads({ height, width }, padding, {
    window: { height: size, width: size },
    strides,
    dilations: { height: 1, width: 1 },
  });
  return { strides, pads };
}
