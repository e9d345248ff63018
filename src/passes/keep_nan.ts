/**
 * What is not a number stays what TensorFlow makes of it, at the cost of a few
 * instructions that pictures and sound weights have no need of.
 *
 * @module
 */
import { isActivationFunction, keepingNan } from "../../kernels/activation.ts";
import { type Graph, type Node, tensorOf } from "../graph/ir.ts";
import { isActivated, withActivation } from "./_fuse.ts";

/**
 * Chooses functions whose WGSL does not depend on what a driver makes of NaN:
 * activations, maxima, minima and softmax. A resize that resizes nothing becomes
 * the copy that it is in TensorFlow, where infinity minus itself would be NaN.
 */
export function keepNan(graph: Graph): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => kept(graph, node)) };
}

function kept(graph: Graph, node: Node): Node {
  switch (node.op) {
    case "unary": {
      const { function: name } = node.attributes;
      if (!isActivationFunction(name)) return node;
      return { ...node, attributes: { function: keepingNan(name) } };
    }
    case "binary": {
      const activation = keepingNan(node.attributes.activation);
      const attributes = { ...node.attributes, activation, keepsNan: true };
      return { ...node, attributes };
    }
    case "max_pool":
      return { ...node, attributes: { ...node.attributes, skipsNan: true } };
    case "softmax":
      return { ...node, attributes: { keepsNan: true } };
    case "resize_bilinear": {
      const [before, after] = [node.inputs[0], node.outputs[0]]
        .map((name) => tensorOf(graph, name).shape);
      if (before.join() !== after.join()) return node;
      return { ...node, op: "unary", attributes: { function: "identity" } };
    }
    default:
      return isActivated(node)
        ? withActivation(node, keepingNan(node.attributes.activation))
        : node;
  }
}
