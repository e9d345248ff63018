/**
 * An activation becomes a field of the node whose output it is of.
 *
 * @module
 */
import {
  definitionOf,
  isActivationFunction,
} from "../../kernels/activation.ts";
import type { Graph, Node } from "../graph/ir.ts";
import {
  type Fused,
  fuseIntoProducer,
  isActivated,
  withActivation,
} from "./_fuse.ts";

/** Fuses activations into convolutions, matmuls, batch norms and binary ops. */
export function fuseActivation(graph: Graph): Graph {
  return fuseIntoProducer(graph, merge);
}

function merge(producer: Node, node: Node): Fused | undefined {
  if (node.op !== "unary") return undefined;
  const activation = node.attributes.function;
  if (!isActivationFunction(activation)) return undefined;
  // Training goes back through what is left: the output alone.
  if (definitionOf(activation).slopeFrom !== "output") return undefined;
  if (!isActivated(producer)) return undefined;
  if (producer.attributes.activation !== "none") return undefined;
  const { outputs } = node;
  const fused = withActivation(producer, activation);
  return { node: { ...fused, outputs }, constants: [] };
}
