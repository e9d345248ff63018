/** Nodes that work along the first axis of an image's tensor, on many images: with an axis before it. */
import {
  type Graph,
  type Node,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import { inferShapes, type NewNode } from "../graph/ops/mod.ts";
import { movesNothing } from "../graph/ops/transpose.ts";

/** A graph of one image that becomes one of many. */
export interface Lifting {
  /** Of one image. */
  readonly graph: Graph;
  /** What there is of each image. */
  readonly lifted: ReadonlySet<string>;
  /** Images. */
  readonly batch: number;
}

/** Nodes, and tensors between them. */
interface Made {
  readonly nodes: readonly Node[];
  readonly tensors: readonly Tensor[];
}

/** Axes that the kernels of two operands know. */
const largestRank = 4;

export function scaleLeading(shape: Shape, batch: number): Shape {
  const [leading = 1, ...rest] = shape;
  return [leading * batch, ...rest];
}

/**
 * What makes the output of a node for all images, in their order: its inputs get
 * an axis for the images, and its output loses it. Undefined for what has no such
 * form.
 */
export function imageByImage(node: Node, lifting: Lifting): Made | undefined {
  const views = new Views(node, lifting);
  const apart = nodeApart(node, views);
  if (!apart) return undefined;
  const [output] = node.outputs;
  const made = views.add(apart, "apart");
  views.nodes.push({
    op: "reshape",
    name: `${node.name} (joined)`,
    inputs: [made],
    outputs: [output],
    attributes: {},
  });
  return { nodes: views.nodes, tensors: [...views.tensors.values()] };
}

/** What a node reads, with an axis for the images. */
class Views {
  readonly nodes: Node[] = [];
  readonly tensors = new Map<string, Tensor>();
  readonly #node: Node;
  readonly #lifting: Lifting;

  constructor(node: Node, lifting: Lifting) {
    this.#node = node;
    this.#lifting = lifting;
  }

  /** Of one image. */
  shape(name: string): Shape {
    return tensorOf(this.#lifting.graph, name).shape;
  }

  isLifted(name: string): boolean {
    return this.#lifting.lifted.has(name);
  }

  /** An input with the images before its axes, which become those of `shape`. */
  of(name: string, shape: Shape = this.shape(name)): string {
    const { batch } = this.#lifting;
    const isLifted = this.isLifted(name);
    const view = [isLifted ? batch : 1, ...shape];
    return this.#reshape(name, view);
  }

  /** Whether an input needs no other axis than its first for the images. */
  isOneEach(name: string): boolean {
    return this.isLifted(name) || this.shape(name)[0] === 1;
  }

  /** An input as it is, repeated for each image if it is the same of all. */
  oneEach(name: string): string {
    if (this.isLifted(name)) return name;
    const attributes = { axis: 0, times: this.#lifting.batch };
    return this.add({ op: "tile", inputs: [name], attributes }, "repeated");
  }

  /** Likewise, with an axis, repeated for each image if it is the same of all. */
  repeated(name: string): string {
    const view = this.of(name);
    if (this.isLifted(name)) return view;
    const attributes = { axis: 0, times: this.#lifting.batch };
    return this.add({ op: "tile", inputs: [view], attributes }, "repeated");
  }

  #reshape(name: string, shape: Shape): string {
    const node = { op: "reshape", inputs: [name], attributes: {} } as const;
    return this.add(node, "images", shape);
  }

  /** What reads weights has the name that their layer has without a batch. */
  add(node: NewNode, what: string, shape?: Shape): string {
    const { name: layer } = this.#node;
    const output = `${layer} (${what} ${this.nodes.length})`;
    const readsWeights = node.inputs.some((input) =>
      !this.tensors.has(input) && !this.isLifted(input)
    );
    const inputs = node.inputs.map((input) =>
      this.tensors.get(input) ?? this.#liftedTensor(input)
    );
    const [made] = inferShapes(node, inputs, shape && [shape]);
    const name = readsWeights ? layer : output;
    this.nodes.push({ ...node, name, outputs: [output] });
    const [{ dtype }] = inputs;
    this.tensors.set(output, { name: output, shape: made, dtype });
    return output;
  }

  #liftedTensor(name: string): Tensor {
    const tensor = tensorOf(this.#lifting.graph, name);
    return this.isLifted(name)
      ? { ...tensor, shape: scaleLeading(tensor.shape, this.#lifting.batch) }
      : tensor;
  }
}

function nodeApart(node: Node, views: Views): NewNode | undefined {
  const [x] = node.inputs;
  switch (node.op) {
    case "transpose": {
      const { order } = node.attributes;
      if (movesNothing(views.shape(x), order)) {
        return { op: "reshape", inputs: [x], attributes: {} };
      }
      const after = [0, ...order.map((axis) => axis + 1)];
      return { ...node, inputs: [views.of(x)], attributes: { order: after } };
    }
    case "slice": {
      const attributes = afterImages(node.attributes);
      return { op: "slice", inputs: [views.of(x)], attributes };
    }
    case "tile": {
      const attributes = afterImages(node.attributes);
      return { op: "tile", inputs: [views.of(x)], attributes };
    }
    case "concat": {
      const isBehind = node.attributes.axis > 0;
      if (isBehind && node.inputs.every((input) => views.isOneEach(input))) {
        const inputs = node.inputs.map((input) => views.oneEach(input));
        return { ...node, inputs };
      }
      const inputs = node.inputs.map((input) => views.repeated(input));
      return { op: "concat", inputs, attributes: afterImages(node.attributes) };
    }
    case "reduce": {
      const axes = node.attributes.axes.map((axis) => axis + 1);
      const attributes = { ...node.attributes, axes };
      return { op: "reduce", inputs: [views.of(x)], attributes };
    }
    case "mean": {
      const axes = node.attributes.axes.map((axis) => axis + 1);
      const attributes = { ...node.attributes, axes };
      return { op: "mean", inputs: [views.of(x)], attributes };
    }
    case "softmax":
    case "batch_norm":
    case "layer_norm": {
      const [, ...weights] = node.inputs;
      if (weights.some((name) => views.isLifted(name))) return undefined;
      return { ...node, inputs: [views.of(x), ...weights] };
    }
    case "pad": {
      const { paddings, value } = node.attributes;
      if (paddings.length >= largestRank) return undefined;
      const attributes = { paddings: [[0, 0] as const, ...paddings], value };
      return { op: "pad", inputs: [views.of(x)], attributes };
    }
    case "binary": {
      const inputs = aligned(node, views, { most: largestRank - 1 });
      return inputs && { ...node, inputs };
    }
    case "matmul":
    case "batch_matmul":
      return productsApart(node, views);
    default:
      return undefined;
  }
}

function afterImages<A extends { readonly axis: number }>(attributes: A): A {
  return { ...attributes, axis: attributes.axis + 1 };
}

/** Operands with as many axes as their result, of which those of size 1 go until there are at most so many. */
function aligned(
  node: Node,
  views: Views,
  { most }: { readonly most: number },
): string[] | undefined {
  const output = views.shape(node.outputs[0]);
  const kept = output.map((_, axis) => axis);
  while (kept.length > most) {
    const one = kept.findIndex((axis) => output[axis] === 1);
    if (one < 0) return undefined;
    kept.splice(one, 1);
  }
  return node.inputs.map((name) => {
    const shape = views.shape(name);
    const whole = [
      ...Array<number>(output.length - shape.length).fill(1),
      ...shape,
    ];
    return views.of(name, kept.map((axis) => whole[axis]));
  });
}

/** A product for each image: of matrices alone, without what is added to them. */
function productsApart(
  node: Extract<Node, { op: "matmul" | "batch_matmul" }>,
  views: Views,
): NewNode | undefined {
  const { transposeA, transposeB } = node.attributes;
  const isPlain = node.op === "batch_matmul" ||
    (node.inputs.length === 2 && node.attributes.activation === "none");
  const inputs = aligned(node, views, { most: Infinity });
  return isPlain && inputs
    ? { op: "batch_matmul", inputs, attributes: { transposeA, transposeB } }
    : undefined;
}
