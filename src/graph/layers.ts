/**
 * Graphs from layers with fresh weights: what native networks and new heads are
 * made of.
 *
 * @module
 */
import {
  type Activation,
  type ActivationFunction,
  definitionOf,
} from "../../kernels/activation.ts";
import type { BinaryFunction } from "../../kernels/binary.ts";
import { Random } from "../bytes/random.ts";
import {
  adaptiveSpans,
  ceilPads,
  type Padding,
  type Pads,
  resolvePads,
  type Size,
} from "./geometry.ts";
import { GrowingGraph } from "./growing_graph.ts";
import { type Constant, elementCount, type Graph, type Shape } from "./ir.ts";
import type { NewNode } from "./ops/mod.ts";

/** Random streams of initial weights begin here, apart from those of splits and batches. */
const firstStream = 1000;

/** A window over height and width. */
export interface WindowOptions {
  /** Height and width of the window, in pixels; one number for a square. */
  readonly size: number | Size;
  /** Pixels from one window to the next [1]. */
  readonly stride?: number;
  /** How the border is padded [VALID]; a number is as many pixels on each side. */
  readonly padding?: Padding | number;
}

/** How a pool counts. */
export interface PoolOptions extends WindowOptions {
  /** Whether a window that begins inside and ends outside counts too, as PyTorch's ceil_mode [false]. */
  readonly ceil?: boolean;
}

/** What a layer with weights does after its product. */
export interface WeightOptions {
  /** Applied to the result [none]. */
  readonly activation?: Activation;
  /** Whether there is one number a channel that is added [true]. */
  readonly bias?: boolean;
}

/** How a batch norm computes; the last three as in its node. */
export interface BatchNormOptions {
  /** Applied to the result [none]. */
  readonly activation?: Activation;
  /** Added to the variance [0.001]. */
  readonly epsilon?: number;
  /** Of the moving averages [as the node]. */
  readonly momentum?: number | undefined;
  /** Which variance enters its average [as the node]. */
  readonly averages?: "keras3" | "fused" | undefined;
  /** Whether there is a number a channel that multiplies [true]. */
  readonly scale?: boolean;
}

/** The two layers and functions of squeeze and excitation. */
export interface ExcitationOptions {
  /** Of the layer that squeezes. */
  readonly reduce: string;
  /** Of the layer that excites. */
  readonly expand: string;
  /** Channels in between. */
  readonly channels: number;
  /** Applied in between. */
  readonly activation: ActivationFunction;
  /** Makes the factors [sigmoid]. */
  readonly gate?: ActivationFunction;
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
    { channels, groups = 1, ...options }: WindowOptions & WeightOptions & {
      readonly channels: number;
      /** Of the channels, each with filters of its own [1]. */
      readonly groups?: number;
    },
  ): string {
    const shape = [this.#last(x) / groups, channels];
    return this.#convolve("conv2d", name, { x, shape, groups, ...options });
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
    { x, shape, groups = 1, activation = "none", bias = true, ...window }:
      & WindowOptions
      & WeightOptions
      & {
        readonly x: string;
        readonly groups?: number;
        /** Of the filter, without its size. */
        readonly shape: Shape;
      },
  ): string {
    const { height, width } = sizeOf(window.size);
    const kernel = this.#kernel(name, [height, width, ...shape]);
    const channels = op === "conv2d" ? shape[1] : shape[0];
    const inputs = [
      x,
      kernel,
      ...bias ? [this.#filled(name, "bias", channels)] : [],
    ];
    const attributes = {
      ...windowAttributes(this.shape(x), window),
      dilations: { height: 1, width: 1 },
      ...groups > 1 && { groups },
    };
    return this.#activated(
      name,
      activation,
      (activation) =>
        this.#add(name, {
          op,
          inputs,
          attributes: { ...attributes, activation },
        }),
    );
  }

  /** Batch normalisation: by the batch while it is trained, by moving averages else. */
  batchNorm(
    name: string,
    x: string,
    {
      activation = "none",
      epsilon = 0.001,
      momentum,
      averages,
      scale = true,
    }: BatchNormOptions = {},
  ): string {
    const channels = this.#last(x);
    const inputs = [
      x,
      this.#filled(name, "moving_mean", channels),
      this.#filled(name, "moving_variance", channels, 1),
      this.#filled(name, "beta", channels),
      scale
        ? this.#filled(name, "gamma", channels, 1)
        : this.#ones(`${name}/ones`, channels),
    ];
    const attributes = {
      epsilon,
      ...momentum !== undefined && { momentum },
      ...averages !== undefined && { averages },
    };
    return this.#activated(
      name,
      activation,
      (activation) =>
        this.#add(name, {
          op: "batch_norm",
          inputs,
          attributes: { ...attributes, activation },
        }),
    );
  }

  /** A function of each element. */
  activation(name: string, x: string, activation: ActivationFunction): string {
    const attributes = { function: activation };
    return this.#add(name, { op: "unary", inputs: [x], attributes });
  }

  /** A function of two tensors, broadcast as NumPy does. */
  combine(
    name: string,
    inputs: readonly [a: string, b: string],
    { function: operation, activation = "none" }: {
      readonly function: BinaryFunction;
      /** Applied to the result [none]. */
      readonly activation?: Activation;
    },
  ): string {
    return this.#activated(
      name,
      activation,
      (activation) =>
        this.#add(name, {
          op: "binary",
          inputs,
          attributes: { function: operation, activation },
        }),
    );
  }

  /** Tensors one after another along their channels. */
  concat(name: string, inputs: readonly string[]): string {
    const axis = this.shape(inputs[0]).length - 1;
    return this.#add(name, { op: "concat", inputs, attributes: { axis } });
  }

  /** Each channel times what two layers make of all channels' means (Hu and others 2018, arXiv:1709.01507). */
  excite(
    name: string,
    x: string,
    { reduce, expand, channels, activation, gate = "sigmoid" }:
      ExcitationOptions,
  ): string {
    const means = this.#add(`${name}/squeeze`, {
      op: "mean",
      inputs: [x],
      attributes: { axes: [1, 2], keepDims: true },
    });
    const squeezed = this.convolution(reduce, means, {
      channels,
      size: 1,
      activation,
    });
    const factors = this.convolution(expand, squeezed, {
      channels: this.#last(x),
      size: 1,
      activation: gate,
    });
    return this.combine(name, [x, factors], { function: "mul" });
  }

  /** The largest value of each window; padding does not count. */
  maxPool(name: string, x: string, options: PoolOptions): string {
    return this.#pool("max_pool", name, x, options);
  }

  /** The mean of each window. */
  averagePool(
    name: string,
    x: string,
    { countsPads = false, ...options }: PoolOptions & {
      /** Whether padding counts as zeros, as PyTorch's count_include_pad [false]. */
      readonly countsPads?: boolean;
    },
  ): string {
    if (!countsPads) return this.#pool("avg_pool", name, x, options);
    const { pads } = windowAttributes(this.shape(x), {
      ...options,
      ceil: false,
    });
    const padded = this.pad(`${name}/pad`, x, pads);
    const { padding: _padding, ...window } = options;
    return this.#pool("avg_pool", name, padded, window);
  }

  #pool(
    op: "max_pool" | "avg_pool",
    name: string,
    x: string,
    options: PoolOptions,
  ): string {
    const window = sizeOf(options.size);
    const moved = windowAttributes(this.shape(x), options);
    const attributes = { window, ...moved };
    return this.#add(name, { op, inputs: [x], attributes });
  }

  /** An image with a border of zeros; negative pads crop it. */
  pad(name: string, x: string, { top, bottom, left, right }: Pads): string {
    const paddings = [[0, 0], [top, bottom], [left, right], [0, 0]] as const;
    const attributes = { paddings, value: 0 };
    return this.#add(name, { op: "pad", inputs: [x], attributes });
  }

  /**
   * Means over a grid of windows that may overlap, as PyTorch's
   * AdaptiveAvgPool2d: `(n, h, w, c)` to `(n, size, size, c)`.
   */
  adaptiveAveragePool(name: string, x: string, size: number): string {
    const [batch, height, width, channels] = this.shape(x);
    if (height === size && width === size) return x;
    // Columns first: their means side by side are the channels of the rows'.
    const columns = adaptiveSpans(width, size).map(([start, end], at) => {
      const pads = { top: 0, bottom: 0, left: 0 - start, right: end - width };
      const part = this.pad(`${name}/column_${at}`, x, pads);
      return this.#mean(`${name}/column_mean_${at}`, part, 2);
    });
    const joined = this.concat(`${name}/columns`, columns);
    const lines = this.#reshape(`${name}/lines`, joined, [
      batch,
      height,
      1,
      size * channels,
    ]);
    const rows = adaptiveSpans(height, size).map(([start, end], at) => {
      const pads = { top: 0 - start, bottom: end - height, left: 0, right: 0 };
      const part = this.pad(`${name}/row_${at}`, lines, pads);
      return this.flatten(
        `${name}/row_flat_${at}`,
        this.#mean(`${name}/row_mean_${at}`, part, 1),
      );
    });
    const all = this.concat(`${name}/rows`, rows);
    return this.#reshape(name, all, [batch, size, size, channels]);
  }

  #mean(name: string, x: string, axis: number): string {
    const attributes = { axes: [axis], keepDims: false };
    return this.#add(name, { op: "mean", inputs: [x], attributes });
  }

  #reshape(name: string, x: string, shape: Shape): string {
    return this.#add(
      name,
      { op: "reshape", inputs: [x], attributes: {} },
      shape,
    );
  }

  /** The mean over height and width: `(n, h, w, c)` to `(n, c)`. */
  meanOverSpace(name: string, x: string): string {
    const attributes = { axes: [1, 2], keepDims: false };
    return this.#add(name, { op: "mean", inputs: [x], attributes });
  }

  /** All but the first axis as one: `(n, h, w, c)` to `(n, h * w * c)`. */
  flatten(name: string, x: string): string {
    const [batch, ...rest] = this.shape(x);
    return this.#reshape(name, x, [batch, elementCount(rest)]);
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
    const inputs = [
      x,
      kernel,
      ...bias ? [this.#filled(name, "bias", units)] : [],
    ];
    const stored = { transposeA: false, transposeB: false };
    return this.#activated(
      name,
      activation,
      (activation) =>
        this.#add(name, {
          op: "matmul",
          inputs,
          attributes: { ...stored, activation },
        }),
    );
  }

  /** While training, a share `rate` of the elements becomes 0. */
  dropout(name: string, x: string, rate: number): string {
    const attributes = { rate, seed: 0, stream: 0, afterLoss: false };
    return this.#add(name, { op: "dropout", inputs: [x], attributes });
  }

  /**
   * A node with its activation: as a field of it, or, where training needs what
   * the activation was given, as a node behind it.
   */
  #activated(
    name: string,
    activation: Activation,
    add: (fused: Activation) => string,
  ): string {
    const isApart = activation !== "none" &&
      definitionOf(activation).slopeFrom === "input";
    if (!isApart) return add(activation);
    return this.activation(`${name}/${activation}`, add("none"), activation);
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

  #ones(name: string, size: number): string {
    const read = () => new Float32Array(size).fill(1);
    return this.constant(name, { shape: [size], read });
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
  { size, stride = 1, padding = "VALID", ceil = false }: PoolOptions,
): { readonly strides: Size; readonly pads: Pads } {
  const geometry = {
    window: sizeOf(size),
    strides: { height: stride, width: stride },
    dilations: { height: 1, width: 1 },
  };
  const image = { height, width };
  const around = typeof padding === "number"
    ? { top: padding, bottom: padding, left: padding, right: padding }
    : padding;
  const pads = resolvePads(image, around, geometry);
  const { strides } = geometry;
  return { strides, pads: ceil ? ceilPads(image, pads, geometry) : pads };
}

function sizeOf(size: number | Size): Size {
  return typeof size === "number" ? { height: size, width: size } : size;
}
