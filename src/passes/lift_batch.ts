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

/**
 * Multiplies the leading dimension of the inputs, and of all that depends on
 * them, by `batch`; reshapes with a baked batch (`pool_3/_reshape/shape` is
 * `[1, 2048]` in the 2015 Inception) follow.
 *
 * @throws {InputError} if a node mixes the images of a batch.
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
  for (const node of graph.nodes) {
    if (!node.inputs.some((name) => lifted.has(name))) continue;
    const inputs = node.inputs.map((name) => tensorOf({ tensors }, name));
    const written = node.outputs.map((name) =>
      scaleLeading(tensorOf(graph, name).shape, batch)
    );
    const isFirst = node.inputs.every((name) =>
      graph.inputs.includes(name) || tensorOf(graph, name).constant
    );
    const advice = isFirst ? "feed one image" : "choose an output before it";
    const refusal = (reason: string) =>
      new InputError(
        `Cannot run node "${node.name}" (${node.op}) on a batch of ${batch}: ${reason}; ${advice}`,
      );
    if (mixesImages(node, graph, lifted)) {
      throw refusal("it works along the axis of the batch");
    }
    const shapes = liftedShapes(node, { inputs, written, refusal });
    for (const [at, name] of node.outputs.entries()) {
      lift(tensorOf(graph, name), shapes[at]);
    }
  }
  return { ...graph, tensors };
}

/** The shapes a node's outputs get, which have to be the ones `written`. */
function liftedShapes(
  node: Node,
  { inputs, written, refusal }: {
    inputs: readonly Tensor[];
    written: readonly Shape[];
    refusal: (reason: string) => InputError;
  },
): readonly Shape[] {
  let shapes: readonly Shape[] = [];
  try {
    shapes = inferShapes(node, inputs, written);
  } catch (error) {
    throw error instanceof InputError ? refusal(error.message) : error;
  }
  for (const [at, shape] of written.entries()) {
    if (shapes[at].join() === shape.join()) continue;
    throw refusal(
      `its output would be [${shapes[at].join(", ")}], expected [${
        shape.join(", ")
      }]`,
    );
  }
  return shapes;
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
    case "slice":
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
      return rankOf(node.inputs[0]) === 1;
    case "binary":
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

function scaleLeading(shape: Shape, batch: number): Shape {
  const [leading = 1, ...rest] = shape;
  return [leading * batch, ...rest];
}
