/**
 * Transposes move towards the end of a graph until they meet what undoes them, as
 * those do that tools put around each layer of images whose channels come first.
 *
 * @module
 */
import {
  consumersOf,
  type Graph,
  type Node,
  type NodeOf,
  removeUnused,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import { inferShapes } from "../graph/ops/mod.ts";

type Transpose = NodeOf<"transpose">;

/** Ops that do the same in any order of axes. */
type Indifferent =
  | NodeOf<"unary">
  | NodeOf<"binary">
  | NodeOf<"concat">
  | NodeOf<"pad">;

/** Joins transposes of transposes, and lets those be done last that may be. */
export function cancelTransposes(original: Graph): Graph {
  if (!original.nodes.some(({ op }) => op === "transpose")) return original;
  const sinking = new Sinking(original);
  return removeUnused(sinking.finish());
}

class Sinking {
  readonly #graph: Graph;
  readonly #tensors: Map<string, Tensor>;
  readonly #nodes: Node[] = [];
  readonly #consumers: ReadonlyMap<string, readonly Node[]>;
  /** By output. */
  readonly #transposes = new Map<string, Transpose>();
  /** What is read in the place of what is the same. */
  readonly #same = new Map<string, string>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#tensors = new Map(graph.tensors);
    this.#consumers = consumersOf(graph);
  }

  finish(): Graph {
    for (const original of this.#graph.nodes) {
      const inputs = original.inputs.map((name) =>
        this.#same.get(name) ?? name
      );
      const node: Node = { ...original, inputs };
      const order = isIndifferent(node) && this.#orderBefore(node, original);
      if (node.op === "transpose") this.#transpose(node);
      else if (isIndifferent(node) && order) this.#sink(node, order);
      else this.#nodes.push(node);
    }
    return { ...this.#graph, nodes: this.#nodes, tensors: this.#tensors };
  }

  #shape(name: string): Shape {
    return tensorOf({ tensors: this.#tensors }, name).shape;
  }

  #transpose(node: Transpose): void {
    const [output] = node.outputs;
    const before = this.#transposes.get(node.inputs[0]);
    const { order } = node.attributes;
    const whole = before
      ? order.map((axis) => before.attributes.order[axis])
      : order;
    const [source] = before?.inputs ?? node.inputs;
    const isNothing = whole.every((axis, at) => axis === at);
    if (isNothing && !this.#graph.outputs.includes(output)) {
      this.#same.set(output, source);
      return;
    }
    const joined: Transpose = {
      ...node,
      inputs: [source],
      attributes: { order: whole },
    };
    this.#transposes.set(output, joined);
    this.#nodes.push(
      isNothing ? { ...joined, op: "reshape", attributes: {} } : joined,
    );
  }

  /** The order in which all is that a node reads, if it may do its work before. */
  #orderBefore(
    node: Indifferent,
    { inputs: read }: Node,
  ): readonly number[] | undefined {
    const rank = this.#shape(node.outputs[0]).length;
    const orders = node.inputs.flatMap((name) => {
      if (this.#constantOf(name)) return [];
      return [this.#transposes.get(name)?.attributes.order];
    });
    const [order] = orders;
    const isOne = order?.length === rank &&
      orders.every((other) => other?.join() === order.join());
    const isRead = read.every((name) =>
      !this.#graph.outputs.includes(name) &&
      (this.#consumers.get(name) ?? []).every((reader) =>
        reader.op === "transpose" || isIndifferent(reader)
      )
    );
    return isOne && isRead ? order : undefined;
  }

  #constantOf(name: string): Tensor["constant"] {
    return tensorOf({ tensors: this.#tensors }, name).constant;
  }

  /** The node reads what is before the transposes, and one comes after it. */
  #sink(node: Indifferent, order: readonly number[]): void {
    const [output] = node.outputs;
    const inputs = node.inputs.map((name) =>
      this.#transposes.get(name)?.inputs[0] ?? this.#turned(name, order)
    );
    const tensor = tensorOf({ tensors: this.#tensors }, output);
    const name = `${output} before its transpose`;
    const moved = turnedNode({ ...node, inputs, outputs: [name] }, order);
    const [shape] = inferShapes(
      moved,
      inputs.map((input) => tensorOf({ tensors: this.#tensors }, input)),
    );
    this.#tensors.set(name, { ...tensor, name, shape });
    this.#nodes.push(moved);
    this.#transpose({
      op: "transpose",
      name: `${node.name} transposed`,
      inputs: [name],
      outputs: [output],
      attributes: { order },
    });
  }

  /** A constant as it is read before the transpose: its axes are aligned to the right. */
  #turned(name: string, order: readonly number[]): string {
    const tensor = tensorOf({ tensors: this.#tensors }, name);
    const { constant, shape } = tensor;
    const missing = order.length - shape.length;
    const whole = [...Array<number>(missing).fill(1), ...shape];
    const before = order.map((_, axis) => whole[order.indexOf(axis)]);
    const axes = order.map((_, axis) => order.indexOf(axis));
    if (!constant || whole.every((size) => size === 1)) return name;
    const turned = `${name} in the order ${axes.join(" ")}`;
    const strides = whole.map((_, axis) =>
      whole.slice(axis + 1).reduce((product, size) => product * size, 1)
    );
    const read = () => {
      const data = constant.read();
      return data.map((_, index) => {
        let [rest, at] = [index, 0];
        for (let axis = before.length - 1; axis >= 0; axis--) {
          at += (rest % before[axis]) * strides[axes[axis]];
          rest = Math.floor(rest / before[axis]);
        }
        return data[at];
      });
    };
    this.#tensors.set(turned, {
      ...{ ...tensor, name: turned, shape: before },
      constant: { ...constant, read },
    });
    return turned;
  }
}

function isIndifferent(node: Node): node is Indifferent {
  return ["unary", "binary", "concat", "pad"].includes(node.op);
}

/** A node whose axes are those of what is before the transpose. */
function turnedNode(node: Indifferent, order: readonly number[]): Node {
  switch (node.op) {
    case "concat":
      return { ...node, attributes: { axis: order[node.attributes.axis] } };
    case "pad": {
      const { paddings, value } = node.attributes;
      const turned = order.map((_, axis) => paddings[order.indexOf(axis)]);
      return { ...node, attributes: { paddings: turned, value } };
    }
    default:
      return node;
  }
}
