/**
 * Small graphs for the tests of passes, and the one test all passes share:
 * before and after compute the same.
 *
 * @module
 */
import {
  assertAllClose,
  testValues,
  type Tolerance,
} from "../../kernels/testing.ts";
import {
  elementCount,
  type Graph,
  type OpName,
  type Shape,
  tensorOf,
} from "../graph/ir.ts";
import { windowAttributes } from "../graph/layers.ts";
import { GrowingGraph } from "../graph/growing_graph.ts";
import type {
  BatchMatmulAttributes,
  BinaryFunction,
  NewNode,
  PadAttributes,
  ReduceAttributes,
  SliceAttributes,
  TileAttributes,
  UnaryFunction,
} from "../graph/ops/mod.ts";
import { runOnCpu, type Values } from "../plan/testing.ts";

/** A window of `size` by `size` pixels. */
export interface WindowOptions {
  /** Height and width of the window [1]. */
  readonly size?: number;
  /** Pixels from one window to the next [1]. */
  readonly stride?: number;
}

/** A graph in the making; each method returns the name of the tensor it adds. */
export class GraphSketch {
  readonly #graph = new GrowingGraph();
  #next = 0;

  /** A tensor that is fed. */
  input(name: string, shape: Shape): string {
    return this.#graph.input(name, shape);
  }

  /** A constant: these values, or others in -1..1 for each constant. */
  constant(shape: Shape, data?: Float32Array): string {
    const name = this.#fresh("constant");
    const values = data ?? testValues(elementCount(shape), this.#next);
    return this.#graph.constant(name, { shape, read: () => values });
  }

  /** A convolution with SAME padding. */
  conv(x: string, { channels, groups = 1, filter, ...window }: WindowOptions & {
    readonly channels: number;
    /** Of the channels [1]. */
    readonly groups?: number;
    /** A constant to use instead of one of its own. */
    readonly filter?: string;
  }): string {
    const { size = 1 } = window;
    const weights = filter ??
      this.constant([size, size, this.#channels(x) / groups, channels]);
    const attributes = {
      ...this.#convolution(x, window),
      ...groups > 1 && { groups },
    };
    return this.#add({ op: "conv2d", inputs: [x, weights], attributes });
  }

  /** A depthwise convolution with SAME padding. */
  depthwise(x: string, { multiplier = 1, size = 3 }: WindowOptions & {
    readonly multiplier?: number;
  } = {}): string {
    const filter = this.constant([size, size, this.#channels(x), multiplier]);
    const attributes = this.#convolution(x, { size });
    const inputs = [x, filter];
    return this.#add({ op: "depthwise_conv2d", inputs, attributes });
  }

  /** A batch norm with statistics like those of a trained net. */
  norm(x: string): string {
    const channels = this.#channels(x);
    const variance = testValues(channels, ++this.#next).map((v) => 1 + v / 2);
    const inputs = [
      x,
      this.constant([channels]),
      this.constant([channels], variance),
      this.constant([channels]),
      this.constant([channels]),
    ];
    const attributes = { epsilon: 0.001, activation: "none" } as const;
    return this.#add({ op: "batch_norm", inputs, attributes });
  }

  /** A function of two tensors. */
  binary(operation: BinaryFunction, inputs: readonly [string, string]): string {
    const attributes = { function: operation, activation: "none" } as const;
    return this.#add({ op: "binary", inputs, attributes });
  }

  /** One constant a channel, added. */
  bias(x: string): string {
    return this.binary("add", [x, this.constant([this.#channels(x)])]);
  }

  /** A function of one tensor. */
  unary(operation: UnaryFunction, x: string): string {
    const attributes = { function: operation };
    return this.#add({ op: "unary", inputs: [x], attributes });
  }

  /** A pool. */
  pool(
    op: "max_pool" | "avg_pool",
    x: string,
    { size = 3, stride = 1 }: WindowOptions = {},
  ): string {
    const moved = { size, stride, padding: "SAME" } as const;
    const attributes = {
      window: { height: size, width: size },
      ...windowAttributes(this.shape(x), moved),
    };
    return this.#add({ op, inputs: [x], attributes });
  }

  /** Tensors one after another [along the channels]. */
  concat(inputs: readonly string[], axis?: number): string {
    const attributes = { axis: axis ?? this.shape(inputs[0]).length - 1 };
    return this.#add({ op: "concat", inputs, attributes });
  }

  /** The same values in another shape. */
  reshape(x: string, shape: Shape): string {
    const node = { op: "reshape", inputs: [x], attributes: {} } as const;
    return this.#add(node, shape);
  }

  /** The axes in another order. */
  transpose(x: string, order: readonly number[]): string {
    const attributes = { order };
    return this.#add({ op: "transpose", inputs: [x], attributes });
  }

  /** A part of an axis. */
  slice(x: string, attributes: SliceAttributes): string {
    return this.#add({ op: "slice", inputs: [x], attributes });
  }

  /** What is made of the values along axes. */
  reduce(x: string, attributes: ReduceAttributes): string {
    return this.#add({ op: "reduce", inputs: [x], attributes });
  }

  /** The mean of height and width. */
  mean(x: string): string {
    const attributes = { axes: [1, 2], keepDims: false };
    return this.#add({ op: "mean", inputs: [x], attributes });
  }

  /** The mean along an axis, which stays. */
  meanOf(x: string, axis: number): string {
    const attributes = { axes: [axis], keepDims: true };
    return this.#add({ op: "mean", inputs: [x], attributes });
  }

  /** The product with a constant matrix. */
  matmul(x: string, columns: number): string {
    return this.dense(x, this.constant([this.#channels(x), columns]));
  }

  /** The product with a matrix. */
  dense(x: string, matrix: string): string {
    const inputs = [x, matrix];
    return this.#add({
      op: "matmul",
      inputs,
      attributes: { transposeA: false, transposeB: false, activation: "none" },
    });
  }

  /** Products of matrices. */
  products(
    a: string,
    b: string,
    { transposeA = false, transposeB = false }: Partial<BatchMatmulAttributes> =
      {},
  ): string {
    const attributes = { transposeA, transposeB };
    return this.#add({ op: "batch_matmul", inputs: [a, b], attributes });
  }

  /** Each row normalised, with a scale and a bias. */
  layerNorm(x: string): string {
    const columns = this.#channels(x);
    const inputs = [x, this.constant([columns]), this.constant([columns])];
    const attributes = { epsilon: 1e-5 };
    return this.#add({ op: "layer_norm", inputs, attributes });
  }

  /** Copies along an axis. */
  tile(x: string, attributes: TileAttributes): string {
    return this.#add({ op: "tile", inputs: [x], attributes });
  }

  /** Images of another size, `(n, size, size, c)`. */
  resize(x: string, size: number): string {
    const attributes = {
      height: size,
      width: size,
      ...{ alignCorners: false, halfPixelCenters: false },
    };
    return this.#add({ op: "resize_bilinear", inputs: [x], attributes });
  }

  /** A border of zeros. */
  pad(x: string, paddings: PadAttributes["paddings"]): string {
    const attributes = { paddings, value: 0 };
    return this.#add({ op: "pad", inputs: [x], attributes });
  }

  /** Probabilities of logits. */
  softmax(x: string): string {
    const node = { op: "softmax", inputs: [x], attributes: {} } as const;
    return this.#add(node);
  }

  /** The shape of a tensor so far. */
  shape(name: string): Shape {
    return this.#graph.shape(name);
  }

  /** The graph with these outputs. */
  finish(...outputs: readonly string[]): Graph {
    return this.#graph.finish(...outputs);
  }

  #channels(x: string): number {
    return this.shape(x).at(-1) ?? 1;
  }

  #convolution(x: string, { size = 1, stride = 1 }: WindowOptions) {
    const moved = { size, stride, padding: "SAME" } as const;
    return {
      ...windowAttributes(this.shape(x), moved),
      dilations: { height: 1, width: 1 },
      activation: "none",
    } as const;
  }

  #add(node: NewNode, shape?: Shape): string {
    const name = this.#fresh(node.op);
    return this.#graph.append(node, { name, shape })[0];
  }

  #fresh(stem: string): string {
    return `${stem}_${this.#next++}`;
  }
}

/** Ops of a graph's nodes, in order. */
export function opsOf(graph: Graph): OpName[] {
  return graph.nodes.map((node) => node.op);
}

/** Values for a graph's inputs. */
export function feedsFor(graph: Graph, seed = 1): Values {
  return Object.fromEntries(graph.inputs.map((name, index) => {
    const { shape } = tensorOf(graph, name);
    return [name, testValues(elementCount(shape), seed + index)];
  }));
}

/** Throws unless two graphs compute the same for the same input. */
export function assertSameResults(
  before: Graph,
  after: Graph,
  tolerance: Tolerance = { absolute: 1e-5 },
): void {
  const feeds = feedsFor(before);
  const expected = runOnCpu(before, feeds);
  for (const [index, actual] of runOnCpu(after, feeds).entries()) {
    assertAllClose(actual, expected[index], tolerance);
  }
}
