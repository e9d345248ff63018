/**
 * What is added to the result of a convolution is added before it is stored.
 *
 * @module
 */
import {
  type Graph,
  type Node,
  type NodeOf,
  type Shape,
  tensorOf,
} from "../graph/ir.ts";
import { type Fused, fuseIntoProducer, withActivation } from "./_fuse.ts";

/**
 * Fuses sums of a convolution's result and a tensor like it, with the activation
 * after them, into the convolution: for graphs that only run.
 */
export function fuseResidual(graph: Graph): Graph {
  return fuseIntoProducer(graph, merge);
}

function merge(producer: Node, add: Node, graph: Graph): Fused | undefined {
  if (add.op !== "binary" || add.attributes.function !== "add") {
    return undefined;
  }
  if (producer.op !== "conv2d" || !canAdd(producer)) return undefined;
  const [product] = producer.outputs;
  const { shape } = tensorOf(graph, product);
  const others = add.inputs.filter((input) => input !== product);
  // The sum of a result and itself has no other.
  if (others.length !== 1) return undefined;
  const [residual] = others;
  const isAlike = tensorOf(graph, residual).shape.join() === shape.join();
  if (!isAlike) return undefined;
  const [x, filter, bias = `${add.name} (no bias)`] = producer.inputs;
  const { activation } = add.attributes;
  return {
    node: {
      ...withActivation(producer, activation),
      name: add.name,
      inputs: [x, filter, bias, residual],
      outputs: add.outputs,
    },
    constants: graph.tensors.has(bias) ? [] : [zeros(bias, shape)],
  };
}

/** Whether it is a convolution without an activation and a sum, whose kernel adds. */
function canAdd({ inputs, attributes }: NodeOf<"conv2d">): boolean {
  const { activation, groups = 1 } = attributes;
  return activation === "none" && groups === 1 && inputs.length <= 3;
}

function zeros(name: string, shape: Shape) {
  const channels = shape[shape.length - 1];
  return {
    name,
    shape: [channels],
    dtype: "f32",
    constant: { read: () => new Float32Array(channels) },
  } as const;
}
