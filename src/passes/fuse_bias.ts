/**
 * A constant added to each channel becomes the bias of what made the channels.
 *
 * @module
 */
import { type Graph, type Node, tensorOf } from "../graph/ir.ts";
import {
  channelConstant,
  type Fused,
  fuseIntoProducer,
  withActivation,
} from "./_fuse.ts";

/** Fuses `BiasAdd`, or any addition of a value a channel, into convolutions and matmuls. */
export function fuseBias(graph: Graph): Graph {
  return fuseIntoProducer(graph, merge);
}

function merge(producer: Node, add: Node, graph: Graph): Fused | undefined {
  if (add.op !== "binary" || add.attributes.function !== "add") {
    return undefined;
  }
  switch (producer.op) {
    case "conv2d":
    case "depthwise_conv2d":
    case "matmul":
      break;
    default:
      return undefined;
  }
  if (
    producer.attributes.activation !== "none" || producer.inputs.length > 2
  ) return undefined;
  const [product] = producer.outputs;
  const bias = add.inputs[add.inputs[0] === product ? 1 : 0];
  const { shape } = tensorOf(graph, product);
  const channels = shape.at(-1) ?? 1;
  const read = channelConstant(graph.tensors.get(bias), channels);
  const sameShape =
    tensorOf(graph, add.outputs[0]).shape.join() === shape.join();
  if (!read || !sameShape) return undefined;
  const name = `${add.name} (bias)`;
  const { activation } = add.attributes;
  const { inputs: [x, weights] } = producer;
  return {
    node: {
      ...withActivation(producer, activation),
      name: add.name,
      inputs: [x, weights, name],
      outputs: add.outputs,
    },
    constants: [{ name, shape: [channels], dtype: "f32", constant: { read } }],
  };
}
