/**
 * The graph: plain data that the importer makes, the passes rewrite and the
 * planner lowers. Nothing here touches a GPU, a file or TensorFlow.
 *
 * @module
 */
import type { Activation } from "../../kernels/activation.ts";
import type { OpAttributes } from "./ops/mod.ts";

/** Dimensions of a tensor, outermost first; images are NHWC. */
export type Shape = readonly number[];

/**
 * Element types a graph may hold. Kernels see `f32`, whole numbers of 32 bits,
 * and, of a training step's data, bytes.
 */
export type DataType = "f32" | "i32" | "u8" | "bool" | "string";

/** Values of a constant, row-major. */
export type ConstantData = Float32Array | Int32Array;

/**
 * A constant that is read when it is needed, so that a 95 MB graph is never
 * held twice: one tensor at a time goes from the file to the GPU.
 */
export interface Constant {
  /** Makes the values; called once per upload, must return the same each time. */
  read(): ConstantData;
  /** Whether it prepares pixels, which is no layer's work [false]. */
  readonly preparesPixels?: boolean;
}

/** The initial value of what outlives a run and changes, such as a weight that is trained. */
export interface Variable {
  /** Makes the values, row-major; must return the same each time. */
  read(): Float32Array;
}

/** A value that flows along the graph. */
export interface Tensor {
  /** Unique in its graph; for imported graphs TensorFlow's `node` or `node:1`. */
  readonly name: string;
  /** Fully known, but for the height and width of an undecoded image (-1). */
  readonly shape: Shape;
  /** The type of its elements. */
  readonly dtype: DataType;
  /** Present if the value is known before the graph runs. */
  readonly constant?: Constant;
  /**
   * Present if the value outlives a run: a weight that is trained, or what its
   * optimizer remembers. Programs of one session share it by its name.
   */
  readonly variable?: Variable;
  /**
   * Present if this tensor is the new value of that one, kept in its buffer. The
   * node that makes it is the last to read the old value.
   */
  readonly updates?: string;
  /**
   * Present if this tensor is not stored by itself but as a range of channels
   * (its last axis) of `of`, which is how a concatenation happens in place.
   */
  readonly view?: { readonly of: string; readonly channelOffset: number };
}

/** Names of the operations a graph is made of. */
export type OpName = keyof OpAttributes;

/** One operation `op` with its attributes. */
export interface NodeOf<K extends OpName> {
  /** Which operation. */
  readonly op: K;
  /** The name in the imported graph, for messages and profiles. */
  readonly name: string;
  /** Names of tensors; the order is part of the op's definition. */
  readonly inputs: readonly string[];
  /** Names of tensors. */
  readonly outputs: readonly string[];
  /** What the operation needs beside its inputs. */
  readonly attributes: OpAttributes[K];
}

/** Any operation: `switch (node.op)` narrows its attributes. */
export type Node = { [K in OpName]: NodeOf<K> }[OpName];

/** Nodes in an order in which each one's inputs come before it. */
export interface Graph {
  /** The operations, in order. */
  readonly nodes: readonly Node[];
  /** Every tensor, by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Names of tensors that are fed. */
  readonly inputs: readonly string[];
  /** Names of tensors. */
  readonly outputs: readonly string[];
}

export type { Activation };

/** Number of elements of a shape. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** The tensor of that name. Throws if the graph has none: a bug, not bad input. */
export function tensorOf(graph: Pick<Graph, "tensors">, name: string): Tensor {
  const tensor = graph.tensors.get(name);
  if (!tensor) throw new Error(`The graph has no tensor "${name}"`);
  return tensor;
}

/** Which nodes read each tensor. */
export function consumersOf(graph: Graph): Map<string, Node[]> {
  const consumers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const list = consumers.get(input);
      if (list) list.push(node);
      else consumers.set(input, [node]);
    }
  }
  return consumers;
}

/** The graph without nodes and tensors that no output depends on. */
export function removeUnused(graph: Graph): Graph {
  const needed = new Set(graph.outputs);
  const isNeeded = (name: string): boolean => {
    const view = graph.tensors.get(name)?.view;
    return needed.has(name) || (view !== undefined && isNeeded(view.of));
  };
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some(isNeeded)) continue;
    nodes.push(node);
    for (const name of [...node.inputs, ...node.outputs]) needed.add(name);
  }
  for (const name of graph.inputs) needed.add(name);
  const tensors = new Map(
    [...graph.tensors].filter(([name]) => needed.has(name)),
  );
  return { ...graph, nodes: nodes.toReversed(), tensors };
}

/** The graph with what its dropouts read in their place, as where they drop nothing. */
export function withoutDropout(graph: Graph): Graph {
  const read = new Map<string, string>();
  const kept = (name: string) => read.get(name) ?? name;
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const inputs = node.inputs.map(kept);
    if (node.op !== "dropout") return [{ ...node, inputs }];
    read.set(node.outputs[0], inputs[0]);
    return [];
  });
  const outputs = graph.outputs.map(kept);
  return removeUnused({ ...graph, nodes, outputs });
}

/** The graph as text, one node a line: `name = op(inputs) shape {attributes}`. */
export function printGraph(graph: Graph): string {
  return graph.nodes.map((node) => {
    const shapes = node.outputs.map((name) =>
      `[${tensorOf(graph, name).shape.join(", ")}]`
    );
    return `${node.outputs.join(", ")} = ${node.op}(${
      node.inputs.join(", ")
    }) ${shapes.join(", ")} ${JSON.stringify(node.attributes)}`
      .replaceAll("\n", "?");
  }).join("\n");
}
