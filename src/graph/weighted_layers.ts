/**
 * The layers of a graph as people count them: the nodes that hold weights.
 *
 * @module
 */
import { elementCount, type Graph, type Shape, tensorOf } from "./ir.ts";

/** A node that holds weights. */
export interface GraphLayer {
  /** From 1 in the order of computation. */
  readonly number: number;
  /** Its name. */
  readonly name: string;
  /** Which operation. */
  readonly op: string;
  /** Of the output. */
  readonly shape: Shape;
  /** Weights, biases among them. */
  readonly parameters: number;
}

/**
 * The layers of a graph in the order of computation, numbered as `inspect` and
 * `--freeze-until` count them; single numbers are no weights, and neither is
 * what prepares pixels.
 */
export function layersOf(graph: Graph): GraphLayer[] {
  const layers: GraphLayer[] = [];
  for (const { name, op, inputs, outputs } of graph.nodes) {
    const weights = inputs.map((input) => tensorOf(graph, input))
      .filter(({ constant, variable, shape }) =>
        (constant ?? variable) !== undefined && shape.length > 0 &&
        !constant?.preparesPixels
      );
    if (weights.length === 0) continue;
    layers.push({
      number: layers.length + 1,
      name,
      op,
      shape: tensorOf(graph, outputs[0]).shape,
      parameters: weights.reduce(
        (sum, { shape }) => sum + elementCount(shape),
        0,
      ),
    });
  }
  return layers;
}
