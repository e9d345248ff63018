/**
 * A graph frozen for one image becomes a graph for a batch.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import {
  elementCount,
  type Graph,
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
    const shapes = inferShapes(node, inputs, written);
    for (const [at, name] of node.outputs.entries()) {
      if (shapes[at].join() !== written[at].join()) {
        throw new InputError(
          `Cannot run node "${node.name}" (${node.op}) on a batch of ${batch}: its output would be [${
            shapes[at].join(", ")
          }], expected [${written[at].join(", ")}]; choose an output before it`,
        );
      }
      lift(tensorOf(graph, name), shapes[at]);
    }
  }
  return { ...graph, tensors };
}

/** The largest batch whose every tensor fits in one binding of `bytes`. */
export function largestBatch(graph: Graph, bytes: number): number {
  const sizes = [...graph.tensors.values()]
    .filter((tensor) => !tensor.constant)
    .map((tensor) => elementCount(tensor.shape) * 4);
  return Math.max(1, Math.floor(bytes / Math.max(1, ...sizes)));
}

function scaleLeading(shape: Shape, batch: number): Shape {
  const [leading = 1, ...rest] = shape;
  return [leading * batch, ...rest];
}
