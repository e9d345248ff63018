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

/** Fuses activations into convolutions, matmuls, batch norms and binary ops, those that training goes back through by the output alone. */
export function fuseActivation(graph: Graph): Graph {
  return fuseIntoProducer(
    graph,
    (producer, node) => merge(producer, node, "output"),
  );
}

/** Likewise those whose slope follows from what they were given, which is lost: for graphs that are not trained. */
export function fuseForwardActivation(graph: Graph): Graph {
  return fuseIntoProducer(
    graph,
    (producer, node) => merge(producer, node, "input"),
  );
}

function merge(
  producer: Node,
  node: Node,
  slopeFrom: "output" | "input",
): Fused | undefined {
  if (node.op !== "unary") return undefined;
  const activation = node.attributes.function;
  if (!isActivationFunction(activation)) return undefined;
  if (definitionOf(activation).slopeFrom !== slopeFrom) return undefined;
  if (!isActivated(producer)) return undefined;
  if (producer.attributes.activation !== "none") return undefined;
  const { outputs } = node;
  const fused = withActivation(producer, activation);
  return { node: { ...fused, outputs }, constants: [] };
}
