/** A graph that nodes are appended to. */
import {
  type DataType,
  type Graph,
  type Shape,
  type Tensor,
  tensorOf,
} from "./ir.ts";
import { inferShapes, type NewNode } from "./ops/mod.ts";

/**
 * Appends nodes to a graph. Names of what it adds have spaces, which
 * TensorFlow's names cannot have.
 */
export class GrowingGraph {
  readonly #nodes: Graph["nodes"][number][];
  readonly #tensors: Map<string, Tensor>;
  readonly #inputs: string[];
  readonly #names: Set<string>;

  constructor(graph: Graph) {
    this.#nodes = [...graph.nodes];
    this.#tensors = new Map(graph.tensors);
    this.#inputs = [...graph.inputs];
    this.#names = new Set(graph.nodes.map(({ name }) => name));
  }

  /** A tensor so far. */
  tensor(name: string): Tensor {
    return tensorOf({ tensors: this.#tensors }, name);
  }

  /** Appends a node and its outputs; `updates` names what each output is the new value of. */
  append(
    node: NewNode,
    { name, shape, updates = [] }: {
      name: string;
      shape?: Shape | undefined;
      updates?: readonly (string | undefined)[];
    },
  ): readonly string[] {
    const free = this.#free(name);
    const inputs = node.inputs.map((input) => this.tensor(input));
    const shapes = inferShapes(node, inputs, shape && [shape]);
    const outputs = shapes.map((_, at) => at === 0 ? free : `${free}:${at}`);
    this.#nodes.push({ ...node, name: free, outputs });
    for (const [at, output] of outputs.entries()) {
      const updated = updates[at];
      this.#tensors.set(output, {
        name: output,
        shape: shapes[at],
        dtype: "f32",
        ...(updated !== undefined && { updates: updated }),
      });
    }
    return outputs;
  }

  /** Adds a tensor that no node makes. */
  add(tensor: Tensor): string {
    this.#tensors.set(tensor.name, tensor);
    return tensor.name;
  }

  /** Adds a constant. */
  constant(name: string, shape: Shape, read: () => Float32Array): string {
    const free = this.#free(name);
    return this.add({ name: free, shape, dtype: "f32", constant: { read } });
  }

  /** Adds a tensor that is fed. */
  input(name: string, shape: Shape, dtype: DataType = "f32"): string {
    this.#inputs.push(name);
    return this.add({ name, shape, dtype });
  }

  /** The graph with these outputs. */
  finish(outputs: readonly string[]): Graph {
    return {
      nodes: this.#nodes,
      tensors: this.#tensors,
      inputs: this.#inputs,
      outputs,
    };
  }

  #free(name: string): string {
    let free = name;
    for (let number = 2; this.#isTaken(free); number++) {
      free = `${name} ${number}`;
    }
    this.#names.add(free);
    return free;
  }

  #isTaken(name: string): boolean {
    return this.#names.has(name) || this.#tensors.has(name);
  }
}
