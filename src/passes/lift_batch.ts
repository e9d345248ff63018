/**
 * A graph frozen for one image becomes a graph for a batch.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import {
  elementCount,
  type Graph,
  type Node,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import { inferShapes } from "../graph/ops/mod.ts";
import { imageByImage, type Lifting, scaleLeading } from "./_image_by_image.ts";

/**
 * Multiplies the leading dimension of the inputs, and of all that depends on
 * them, by `batch`; reshapes with a baked batch (`pool_3/_reshape/shape` is
 * `[1, 2048]` in the 2015 Inception) follow. What works along the leading
 * dimension works along that of each image: values are in the order of images.
 *
 * @throws {InputError} if a node cannot tell the images of a batch apart.
 */
export function liftBatch(graph: Graph, batch: number): Graph {
  if (batch === 1) return graph;
  const tensors = new Map(graph.tensors);
  const lifted = new Set<string>();
  const lift = (tensor: Tensor, shape: Shape) => {
    tensors.set(tensor.name, { ...tensor, shape });
    lifted.add(tensor.name);
    // What a view is a part of has no node of its own that writes it.
    const whole = tensor.view && tensorOf(graph, tensor.view.of);
    if (whole && !lifted.has(whole.name)) {
      lift(whole, scaleLeading(whole.shape, batch));
    }
  };
  for (const name of graph.inputs) {
    const tensor = tensorOf(graph, name);
    lift(tensor, scaleLeading(tensor.shape, batch));
  }
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    if (!node.inputs.some((name) => lifted.has(name))) return [node];
    const isFirst = node.inputs.every((name) =>
      graph.inputs.includes(name) || tensorOf(graph, name).constant
    );
    const advice = isFirst ? "feed one image" : "choose an output before it";
    const problem = problemOf(node, { graph, tensors, lifted, batch });
    const made = problem === undefined
      ? { nodes: [node], tensors: [] }
      : imageByImage(node, { graph, lifted, batch });
    if (!made) {
      throw new InputError(
        `Cannot run node "${node.name}" (${node.op}) on a batch of ${batch}: ${problem}; ${advice}`,
      );
    }
    for (const tensor of made.tensors) tensors.set(tensor.name, tensor);
    for (const name of node.outputs) {
      const tensor = tensorOf(graph, name);
      lift(tensor, scaleLeading(tensor.shape, batch));
    }
    return made.nodes;
  });
  return { ...graph, nodes, tensors };
}

/** Why a node cannot stay as it is, if it cannot. */
function problemOf(
  node: Node,
  { graph, tensors, lifted, batch }: Lifting & {
    readonly tensors: ReadonlyMap<string, Tensor>;
  },
): string | undefined {
  if (mixesImages(node, graph, lifted)) {
    return "it works along the axis of the batch";
  }
  const inputs = node.inputs.map((name) => tensorOf({ tensors }, name));
  const written = node.outputs.map((name) =>
    scaleLeading(tensorOf(graph, name).shape, batch)
  );
  try {
    const shapes = inferShapes(node, inputs, written);
    const at = written.findIndex((shape, output) =>
      shapes[output].join() !== shape.join()
    );
    return at < 0
      ? undefined
      : `its output would be [${shapes[at].join(", ")}], expected [${
        written[at].join(", ")
      }]`;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

/**
 * Whether a node combines what lies along the first axis, where the images of
 * a batch are: the shapes alone would not always tell.
 */
function mixesImages(
  node: Node,
  graph: Graph,
  lifted: ReadonlySet<string>,
): boolean {
  const rankOf = (name: string) => tensorOf(graph, name).shape.length;
  switch (node.op) {
    case "concat":
      return node.attributes.axis === 0 ||
        node.inputs.some((name) => !lifted.has(name));
    case "slice":
    case "tile":
      return node.attributes.axis === 0;
    case "space_to_batch":
    case "batch_to_space":
      return true;
    case "transpose":
      return node.attributes.order[0] !== 0;
    case "reduce":
    case "mean":
      return node.attributes.axes.includes(0);
    case "softmax":
    case "batch_norm":
    case "layer_norm":
      return rankOf(node.inputs[0]) === 1;
    case "matmul":
      return node.attributes.transposeA ||
        node.inputs.slice(1).some((name) => lifted.has(name));
    case "binary":
    case "batch_matmul":
      // A lower rank is aligned to the right: its batch would meet channels.
      return node.inputs.some((name) =>
        lifted.has(name) && rankOf(name) < rankOf(node.outputs[0])
      );
    default:
      return false;
  }
}

/** The largest batch whose every tensor fits in one binding of `bytes`. */
export function largestBatch(graph: Graph, bytes: number): number {
  const sizes = [...graph.tensors.values()]
    .filter((tensor) => !tensor.constant && !tensor.variable)
    .map((tensor) => elementCount(tensor.shape) * 4);
  return Math.max(1, Math.floor(bytes / Math.max(1, ...sizes)));
}
