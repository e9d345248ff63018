/**
 * What is done to each pixel's values before the first convolution becomes the
 * convolution's own work: pictures are laid out for it anyhow, and scaled on
 * the way for nothing.
 *
 * @module
 */
import {
  isPixelFunction,
  maxPixelSteps,
  maxStemChannels,
} from "../../kernels/stem_pixels.ts";
import { type Graph, type Node, tensorOf } from "../graph/ir.ts";
import { channelConstant, type Fused, fuseIntoProducer } from "./_fuse.ts";

/**
 * Fuses sums, differences, products and quotients of pictures and a constant, or
 * one a channel, into the only convolution that reads them. For graphs that are
 * not trained: a filter's gradient wants the scaled pixels.
 */
export function fusePixels(graph: Graph): Graph {
  return fuseIntoProducer(graph, merge);
}

function merge(producer: Node, node: Node, graph: Graph): Fused | undefined {
  const [scaled] = producer.outputs;
  const isOfPixels = producer.op === "binary" && node.op === "conv2d" &&
    node.inputs.lastIndexOf(scaled) === 0;
  if (!isOfPixels) return undefined;
  const { groups = 1, pixelSteps = [] } = node.attributes;
  const { shape } = tensorOf(graph, scaled);
  const [, , , channels] = shape;
  const { function: name, activation } = producer.attributes;
  if (
    groups > 1 || channels > maxStemChannels || activation !== "none" ||
    pixelSteps.length === maxPixelSteps || !isPixelFunction(name)
  ) return undefined;
  const isCommutative = name === "add" || name === "mul";
  const [a, b] = producer.inputs;
  const [pixels, numbers] = isCommutative && graph.tensors.get(a)?.constant
    ? [b, a]
    : [a, b];
  const read = channelConstant(graph.tensors.get(numbers), channels);
  const source = tensorOf(graph, pixels);
  const isWhole = !source.constant && source.dtype === "f32" &&
    source.shape.join() === shape.join();
  if (!read || !isWhole) return undefined;
  const step = { function: name, values: [...read()] };
  return {
    node: {
      ...node,
      inputs: [pixels, ...node.inputs.slice(1)],
      attributes: { ...node.attributes, pixelSteps: [step, ...pixelSteps] },
    },
    constants: [],
  };
}
