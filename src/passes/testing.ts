/**
 * Small graphs for the tests of passes, and the one test all passes share:
 * before and after compute the same.
 *
 * @module
 */
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import { resolvePads } from "../graph/geometry.ts";
import {
  elementCount,
  type Graph,
  type Node,
  type OpName,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import { type BinaryFunction, inferShapes } from "../graph/ops/mod.ts";
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
  readonly #nodes: Node[] = [];
  readonly #tensors = new Map<string, Tensor>();
  readonly #inputs: string[] = [];
  #next = 0;

  /** A tensor that is fed. */
  input(name: string, shape: Shape): string {
    this.#tensors.set(name, { name, shape, dtype: "f32" });
    this.#inputs.push(name);
    return name;
  }

  /** A constant: these values, or others in -1..1 for each constant. */
  constant(shape: Shape, data?: Float32Array): string {
    const name = this.#fresh("constant");
    const values = data ?? testValues(elementCount(shape), this.#next);
    const constant = { read: () => values };
    this.#tensors.set(name, { name, shape, dtype: "f32", constant });
    return name;
  }

  /** A convolution with SAME padding. */
  conv(x: string, { channels, size = 1, stride = 1, filter }: WindowOptions & {
    readonly channels: number;
    /** A constant to use instead of one of its own. */
    readonly filter?: string;
  }): string {
    const weights = filter ??
      this.constant([size, size, this.#channels(x), channels]);
    const attributes = {
      ...this.#window(x, { size, stride }),
      dilations: { height: 1, width: 1 },
      activation: "none",
    } as const;
    return this.#add("conv2d", (name) => ({
      op: "conv2d",
      name,
      inputs: [x, weights],
      outputs: [name],
      attributes,
    }));
  }

  /** A depthwise convolution with SAME padding. */
  depthwise(x: string, { multiplier = 1, size = 3 }: WindowOptions & {
    readonly multiplier?: number;
  } = {}): string {
    const filter = this.constant([size, size, this.#channels(x), multiplier]);
    const attributes = {
      ...this.#window(x, { size, stride: 1 }),
      dilations: { height: 1, width: 1 },
      activation: "none",
    } as const;
    return this.#add("depthwise_conv2d", (name) => ({
      op: "depthwise_conv2d",
      name,
      inputs: [x, filter],
      outputs: [name],
      attributes,
    }));
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
    return this.#add("batch_norm", (name) => ({
      op: "batch_norm",
      name,
      inputs,
      outputs: [name],
      attributes,
    }));
  }

  /** A function of two tensors. */
  binary(operation: BinaryFunction, [a, b]: readonly [string, string]): string {
    const attributes = { function: operation, activation: "none" } as const;
    return this.#add("binary", (name) => ({
      op: "binary",
      name,
      inputs: [a, b],
      outputs: [name],
      attributes,
    }));
  }

  /** One constant a channel, added. */
  bias(x: string): string {
    return this.binary("add", [x, this.constant([this.#channels(x)])]);
  }

  /** A function of one tensor. */
  unary(operation: "relu" | "relu6" | "rsqrt", x: string): string {
    return this.#add("unary", (name) => ({
      op: "unary",
      name,
      inputs: [x],
      outputs: [name],
      attributes: { function: operation },
    }));
  }

  /** A pool with SAME padding. */
  pool(
    op: "max_pool" | "avg_pool",
    x: string,
    options?: WindowOptions,
  ): string {
    const { size = 3, stride = 1 } = options ?? {};
    const window = { height: size, width: size };
    const attributes = { window, ...this.#window(x, { size, stride }) };
    return this.#add(
      op,
      (name) => ({ op, name, inputs: [x], outputs: [name], attributes }),
    );
  }

  /** Tensors one after another [along the channels]. */
  concat(inputs: readonly string[], axis?: number): string {
    const rank = this.shape(inputs[0]).length;
    return this.#add("concat", (name) => ({
      op: "concat",
      name,
      inputs,
      outputs: [name],
      attributes: { axis: axis ?? rank - 1 },
    }));
  }

  /** The same values in another shape. */
  reshape(x: string, shape: Shape): string {
    return this.#add("reshape", (name) => ({
      op: "reshape",
      name,
      inputs: [x],
      outputs: [name],
      attributes: {},
    }), shape);
  }

  /** The mean of height and width. */
  mean(x: string): string {
    return this.#add("mean", (name) => ({
      op: "mean",
      name,
      inputs: [x],
      outputs: [name],
      attributes: { axes: [1, 2], keepDims: false },
    }));
  }

  /** The product with a constant matrix. */
  matmul(x: string, columns: number): string {
    const weights = this.constant([this.#channels(x), columns]);
    return this.#add("matmul", (name) => ({
      op: "matmul",
      name,
      inputs: [x, weights],
      outputs: [name],
      attributes: { transposeA: false, transposeB: false, activation: "none" },
    }));
  }

  /** Probabilities of logits. */
  softmax(x: string): string {
    return this.#add("softmax", (name) => ({
      op: "softmax",
      name,
      inputs: [x],
      outputs: [name],
      attributes: {},
    }));
  }

  /** The shape of a tensor so far. */
  shape(name: string): Shape {
    return tensorOf({ tensors: this.#tensors }, name).shape;
  }

  /** The graph with these outputs. */
  finish(...outputs: readonly string[]): Graph {
    return {
      nodes: this.#nodes,
      tensors: this.#tensors,
      inputs: this.#inputs,
      outputs,
    };
  }

  #channels(x: string): number {
    return this.shape(x).at(-1) ?? 1;
  }

  #fresh(stem: string): string {
    return `${stem}_${this.#next++}`;
  }

  #window(x: string, { size, stride }: Required<WindowOptions>) {
    const [, height, width] = this.shape(x);
    const strides = { height: stride, width: stride };
    const pads = resolvePads({ height, width }, "SAME", {
      window: { height: size, width: size },
      strides,
      dilations: { height: 1, width: 1 },
    });
    return { strides, pads };
  }

  #add(op: OpName, make: (name: string) => Node, shape?: Shape): string {
    const name = this.#fresh(op);
    const node = make(name);
    const inputs = node.inputs.map((input) =>
      tensorOf({ tensors: this.#tensors }, input)
    );
    const [inferred] = inferShapes(node, inputs, shape && [shape]);
    this.#nodes.push(node);
    this.#tensors.set(name, { name, shape: inferred, dtype: "f32" });
    return name;
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
export function assertSameResults(before: Graph, after: Graph): void {
  const feeds = feedsFor(before);
  const expected = runOnCpu(before, feeds);
  for (const [index, actual] of runOnCpu(after, feeds).entries()) {
    assertAllClose(actual, expected[index], { absolute: 1e-5 });
  }
}
