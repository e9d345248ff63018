/**
 * A graph that nodes are appended to: by the importer, by layers, by gradients.
 *
 * @module
 */
import {
  type DataType,
  type Graph,
  type Node,
  type Shape,
  type Tensor,
  tensorOf,
} from "./ir.ts";
import { inferShapes, inferType, type NewNode } from "./ops/mod.ts";

/** An empty graph, or one to go on from, that grows. */
export class GrowingGraph implements Omit<Graph, "outputs"> {
  /** So far, in an order of computation. */
  readonly nodes: Node[];
  /** So far, by name. */
  readonly tensors: Map<string, Tensor>;
  /** Names of tensors that are fed. */
  readonly inputs: string[];
  readonly #names: Set<string>;

  /** Leaves the graph it goes on from as it is. */
  constructor(from?: Graph) {
    this.nodes = [...from?.nodes ?? []];
    this.tensors = new Map(from?.tensors);
    this.inputs = [...from?.inputs ?? []];
    this.#names = new Set(this.nodes.map(({ name }) => name));
  }

  /** Throws if there is no such tensor so far. */
  tensor(name: string): Tensor {
    return tensorOf(this, name);
  }

  /** The shape of a tensor so far. */
  shape(name: string): Shape {
    return this.tensor(name).shape;
  }

  /**
   * Appends a node and returns the names of its outputs. A name that is taken
   * gets a number behind a space, which TensorFlow's names cannot have.
   *
   * `shape` is what a reshape makes; `updates` names what each output is the new
   * value of.
   */
  append(
    node: NewNode,
    { name, shape, updates = [] }: {
      name: string;
      shape?: Shape | undefined;
      updates?: readonly (string | undefined)[];
    },
  ): readonly string[] {
    const free = this.free(name);
    const inputs = node.inputs.map((input) => this.tensor(input));
    const dtype = inferType(node, inputs);
    const shapes = inferShapes(node, inputs, shape && [shape]);
    const outputs = shapes.map((_, at) => at === 0 ? free : `${free}:${at}`);
    this.nodes.push({ ...node, name: free, outputs });
    for (const [at, output] of outputs.entries()) {
      const updated = updates[at];
      this.add({
        name: output,
        shape: shapes[at],
        dtype,
        ...updated !== undefined && { updates: updated },
      });
    }
    return outputs;
  }

  /** Adds a tensor that no node makes, or puts it in the place of its namesake. */
  add(tensor: Tensor): string {
    this.tensors.set(tensor.name, tensor);
    return tensor.name;
  }

  /** Adds a constant, made when it is read. */
  constant(
    name: string,
    { shape, read }: { shape: Shape; read: () => Float32Array },
  ): string {
    const constant = { read };
    return this.add({ name: this.free(name), shape, dtype: "f32", constant });
  }

  /** Adds a tensor that is fed. */
  input(name: string, shape: Shape, dtype: DataType = "f32"): string {
    this.inputs.push(name);
    return this.add({ name, shape, dtype });
  }

  /** The graph with these outputs. */
  finish(...outputs: readonly string[]): Graph {
    const { nodes, tensors, inputs } = this;
    return { nodes, tensors, inputs, outputs };
  }

  /** A name like this one that is not taken yet; it is now. */
  free(name: string): string {
    let free = name;
    for (let number = 2; this.#isTaken(free); number++) {
      free = `${name} ${number}`;
    }
    this.#names.add(free);
    return free;
  }

  #isTaken(name: string): boolean {
    return this.#names.has(name) || this.tensors.has(name);
  }
}
