/**
 * Batch norm with fixed statistics is an affine map of each channel, so it folds
 * into the weights and the bias of the convolution before it:
 * `w' = w * s`, `b' = (b - mean) * s + beta`, `s = gamma / sqrt(variance + epsilon)`.
 *
 * @module
 */
import {
  type ConstantData,
  type Graph,
  type Node,
  type NodeOf,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import { type Fused, fuseIntoProducer, withActivation } from "./_fuse.ts";

/** Folds batch norms into the convolutions that feed them. */
export function foldBatchNorm(graph: Graph): Graph {
  return fuseIntoProducer(graph, (producer, node, current) => {
    if (node.op !== "batch_norm") return undefined;
    if (producer.op !== "conv2d" && producer.op !== "depthwise_conv2d") {
      return undefined;
    }
    if (producer.attributes.activation !== "none") return undefined;
    if (producer.inputs.length > 3) return undefined;
    if (node.inputs[0] !== producer.outputs[0]) return undefined;
    return merge(producer, node, current);
  });
}

function merge(
  convolution: NodeOf<"conv2d"> | NodeOf<"depthwise_conv2d">,
  norm: NodeOf<"batch_norm">,
  graph: Graph,
): Fused | undefined {
  const [x, filterName, biasName] = convolution.inputs;
  const filter = tensorOf(graph, filterName);
  const statistics = norm.inputs.slice(1).map((name) => tensorOf(graph, name));
  const { constant } = filter;
  if (!constant || statistics.some((tensor) => !tensor.constant)) {
    return undefined;
  }
  const [mean, variance, beta, gamma] = statistics.map(reader);
  const channels = statistics[0].shape[0];
  const { epsilon, activation } = norm.attributes;
  const scale = () => {
    const v = variance();
    return Float64Array.from(
      gamma(),
      (value, at) => value / Math.sqrt(v[at] + epsilon),
    );
  };
  const bias = biasName === undefined
    ? () => new Float32Array(channels)
    : reader(tensorOf(graph, biasName));
  const foldedBias = () => {
    const [s, m, b] = [scale(), mean(), beta()];
    return Float32Array.from(
      bias(),
      (value, at) => (value - m[at]) * s[at] + b[at],
    );
  };
  const names = [`${norm.name} (folded filter)`, `${norm.name} (folded bias)`];
  // A depthwise filter's (channel, multiplier) pairs are the output channels, so
  // in both layouts the output channel is the fastest index.
  const values = [() => scaleLastAxis(constant.read(), scale()), foldedBias];
  const constants = [filter.shape, [channels]].map((shape, at): Tensor => ({
    name: names[at],
    shape,
    dtype: "f32",
    constant: { read: values[at] },
  }));
  const node: Node = {
    ...withActivation(convolution, activation),
    name: norm.name,
    inputs: [x, ...names],
    outputs: norm.outputs,
  };
  return { node, constants };
}

function reader(tensor: Tensor): () => ConstantData {
  return () => tensor.constant?.read() ?? new Float32Array();
}

function scaleLastAxis(
  data: ConstantData,
  scale: Float64Array,
): Float32Array {
  const scaled = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += scale.length) {
    for (let at = 0; at < scale.length; at++) {
      scaled[start + at] = data[start + at] * scale[at];
    }
  }
  return scaled;
}
