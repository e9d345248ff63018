/** What most passes do: a node disappears into the one that made its input. */
import {
  type Activation,
  consumersOf,
  type Graph,
  type Node,
  removeUnused,
  type Tensor,
} from "../graph/ir.ts";

/** A producer that has taken over its consumer's work and output. */
export interface Fused {
  readonly node: Node;
  /**
   * New constants the node reads. Their names have a space, which TensorFlow's
   * cannot have: nothing in the graph is replaced by accident.
   */
  readonly constants: readonly Tensor[];
}

/**
 * For each node, in order, asks `merge` whether the producer of one of its
 * inputs can do its work as well; if so, the pair becomes one node in the
 * consumer's place, which may take over its next producer likewise. Producers
 * whose output is used elsewhere are left alone.
 */
export function fuseIntoProducer(
  graph: Graph,
  merge: (producer: Node, node: Node, graph: Graph) => Fused | undefined,
): Graph {
  const consumers = consumersOf(graph);
  const producers = new Map<string, Node>();
  const tensors = new Map(graph.tensors);
  const kept = new Set<Node>();
  const isShared = (name: string) =>
    (consumers.get(name)?.length ?? 0) > 1 || graph.outputs.includes(name);
  const takeOver = (node: Node): Node => {
    for (const input of node.inputs) {
      const producer = producers.get(input);
      if (!producer || isShared(input)) continue;
      const fused = merge(producer, node, { ...graph, tensors });
      if (!fused) continue;
      for (const constant of fused.constants) {
        tensors.set(constant.name, constant);
      }
      kept.delete(producer);
      tensors.delete(input);
      return takeOver(fused.node);
    }
    return node;
  };
  for (const original of graph.nodes) {
    const node = takeOver(original);
    kept.add(node);
    for (const output of node.outputs) producers.set(output, node);
  }
  return removeUnused({ ...graph, nodes: [...kept], tensors });
}

/** A node whose kernel applies an activation to its result. */
export type Activated = Extract<
  Node,
  { readonly attributes: { readonly activation: Activation } }
>;

/** Whether a node's kernel applies an activation, which may be none. */
export function isActivated(node: Node): node is Activated {
  return "activation" in node.attributes;
}

/** A node with another activation. */
export function withActivation<N extends Activated>(
  node: N,
  activation: Activation,
): N {
  return { ...node, attributes: { ...node.attributes, activation } };
}

/**
 * The values of a tensor that is constant and holds one value a channel or one
 * for all, as a reader of `channels` values; otherwise `undefined`.
 */
export function channelConstant(
  tensor: Tensor | undefined,
  channels: number,
): (() => Float32Array) | undefined {
  const { constant } = tensor ?? {};
  if (!tensor || !constant || tensor.dtype !== "f32") return undefined;
  const size = tensor.shape.reduce((product, length) => product * length, 1);
  const last = tensor.shape.at(-1) ?? 1;
  if (size !== last || (last !== channels && last !== 1)) return undefined;
  return () => {
    const data = constant.read();
    return data.length === channels
      ? Float32Array.from(data)
      : new Float32Array(channels).fill(data[0]);
  };
}
