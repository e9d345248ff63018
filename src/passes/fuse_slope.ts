/**
 * The slope of an activation becomes a field of the node that goes back through
 * the pool after it: what is pooled is what the slope follows from.
 *
 * @module
 */
import type { Graph } from "../graph/ir.ts";
import { fuseIntoProducer } from "./_fuse.ts";

/** Fuses the gradients of activations into those of the maxima over what they made; for training steps. */
export function fuseSlope(graph: Graph): Graph {
  return fuseIntoProducer(graph, (producer, node) => {
    if (node.op !== "activation_gradient") return undefined;
    if (producer.op !== "max_pool_gradient") return undefined;
    const [, pooled] = producer.inputs;
    const [, slopeFrom] = node.inputs;
    const { attributes, outputs } = node;
    const isDone = producer.attributes.activation !== undefined;
    if (pooled !== slopeFrom || isDone) return undefined;
    const activation = attributes.function;
    return {
      node: {
        ...producer,
        outputs,
        attributes: { ...producer.attributes, activation },
      },
      constants: [],
    };
  });
}
