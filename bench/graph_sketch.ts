/**
 * Graphs of which only the shapes matter.
 *
 * @module
 */
import { resolvePads } from "../src/graph/geometry.ts";
import {
  type Activation,
  elementCount,
  type Graph,
  type Node,
  type NodeOf,
  type OpName,
  type Shape,
  type Tensor,
  tensorOf,
} from "../src/graph/ir.ts";
import { inferShapes } from "../src/graph/ops/mod.ts";

/** A square window, padded as TensorFlow's SAME. */
export interface SketchedWindow {
  /** Pixels on a side. */
  readonly window: number;
  /** Steps between windows [1]. */
  readonly stride?: number;
  /** Applied to the result [none]. */
  readonly activation?: Activation;
}

/** Builds a graph with one input and weights that are zero. Each method gives the name of its result. */
export class GraphSketch implements Pick<Graph, "tensors"> {
  /** The only input. */
  readonly input = "input";
  readonly tensors: Map<string, Tensor>;
  readonly #nodes: Node[] = [];

  constructor(shape: Shape) {
    const { input: name } = this;
    this.tensors = new Map([[name, { name, shape, dtype: "f32" }]]);
  }

  /** Convolution with a bias. */
  convolution(
    x: string,
    options: SketchedWindow & { filters: number },
  ): string {
    const { window, filters } = options;
    const { shape } = tensorOf(this, x);
    const name = this.#name("convolution");
    return this.#add({
      op: "conv2d",
      name,
      inputs: [
        x,
        this.#zeros(`${name}/filter`, [window, window, shape[3], filters]),
        this.#zeros(`${name}/bias`, [filters]),
      ],
      outputs: [name],
      attributes: windowAttributes(shape, options),
    });
  }

  /** A filter for each channel, with a bias. */
  depthwise(x: string, options: SketchedWindow): string {
    const { window } = options;
    const { shape } = tensorOf(this, x);
    const name = this.#name("depthwise");
    return this.#add({
      op: "depthwise_conv2d",
      name,
      inputs: [
        x,
        this.#zeros(`${name}/filter`, [window, window, shape[3], 1]),
        this.#zeros(`${name}/bias`, [shape[3]]),
      ],
      outputs: [name],
      attributes: windowAttributes(shape, options),
    });
  }

  /** Maximum over a window. */
  maxPool(x: string, options: SketchedWindow): string {
    const name = this.#name("pool");
    const { strides, pads } = windowAttributes(
      tensorOf(this, x).shape,
      options,
    );
    const { window: side } = options;
    const window = { height: side, width: side };
    return this.#add({
      op: "max_pool",
      name,
      inputs: [x],
      outputs: [name],
      attributes: { window, strides, pads },
    });
  }

  /** `relu(a + b)`. */
  add(a: string, b: string): string {
    const name = this.#name("add");
    return this.#add({
      op: "binary",
      name,
      inputs: [a, b],
      outputs: [name],
      attributes: { function: "add", activation: "relu" },
    });
  }

  /** Mean over height and width. */
  mean(x: string): string {
    const name = this.#name("mean");
    return this.#add({
      op: "mean",
      name,
      inputs: [x],
      outputs: [name],
      attributes: { axes: [1, 2], keepDims: false },
    });
  }

  /** The graph that ends at `output`. */
  finish(output: string): Graph {
    const { tensors, input } = this;
    const nodes = this.#nodes;
    return { nodes, tensors, inputs: [input], outputs: [output] };
  }

  #name(kind: string): string {
    return `${kind}_${this.#nodes.length}`;
  }

  #zeros(name: string, shape: Shape): string {
    const constant = { read: () => new Float32Array(elementCount(shape)) };
    this.tensors.set(name, { name, shape, dtype: "f32", constant });
    return name;
  }

  #add<K extends OpName>(node: NodeOf<K> & Node): string {
    const [name] = node.outputs;
    const inputs = node.inputs.map((input) => tensorOf(this, input));
    const [shape] = inferShapes<K>(node, inputs);
    this.#nodes.push(node);
    this.tensors.set(name, { name, shape, dtype: "f32" });
    return name;
  }
}

function windowAttributes(
  [, height, width]: Shape,
  { window, stride = 1, activation = "none" }: SketchedWindow,
) {
  const strides = { height: stride, width: stride };
  const dilations = { height: 1, width: 1 };
  const pads = resolvePads({ height, width }, "SAME", {
    window: { height: window, width: window },
    strides,
    dilations,
  });
  return { strides, dilations, pads, activation };
}
