/**
 * Batch norm spelled out becomes batch norm: after constant folding,
 * `gamma * rsqrt(variance + epsilon)` and `beta - mean * …` are two constants,
 * and what is left is `x * scale + shift`.
 *
 * @module
 */
import { type Graph, type Node, tensorOf } from "../graph/ir.ts";
import { channelConstant, type Fused, fuseIntoProducer } from "./_fuse.ts";

/** Rewrites `x * scale + shift` and `x * scale - shift`, a value a channel each. */
export function recogniseBatchNorm(graph: Graph): Graph {
  return fuseIntoProducer(graph, merge);
}

function merge(
  multiply: Node,
  add: Node,
  graph: Graph,
): Fused | undefined {
  if (multiply.op !== "binary" || multiply.attributes.function !== "mul") {
    return undefined;
  }
  if (add.op !== "binary" || multiply.attributes.activation !== "none") {
    return undefined;
  }
  const [output] = add.outputs;
  const channels = tensorOf(graph, output).shape.at(-1) ?? 1;
  const constantOf = (name: string) =>
    channelConstant(graph.tensors.get(name), channels);
  const [product] = multiply.outputs;
  const shiftAt = add.inputs[0] === product ? 1 : 0;
  const shift = constantOf(add.inputs[shiftAt]);
  const scaleAt = constantOf(multiply.inputs[1]) ? 1 : 0;
  const scale = constantOf(multiply.inputs[scaleAt]);
  const x = multiply.inputs[1 - scaleAt];
  const isSubtraction = add.attributes.function === "sub" && shiftAt === 1;
  if (add.attributes.function !== "add" && !isSubtraction) return undefined;
  const { shape } = tensorOf(graph, x);
  const sameShape = shape.join() === tensorOf(graph, output).shape.join();
  if (!scale || !shift || !sameShape || shape.length < 2) return undefined;
  const beta = () => isSubtraction ? shift().map((value) => -value) : shift();
  const constants = [
    { part: "mean", read: () => new Float32Array(channels) },
    { part: "variance", read: () => new Float32Array(channels).fill(1) },
    { part: "beta", read: beta },
    { part: "gamma", read: scale },
  ].map(({ part, read }) => ({
    name: `${add.name} (${part})`,
    shape: [channels],
    dtype: "f32" as const,
    constant: { read },
  }));
  return {
    node: {
      op: "batch_norm",
      name: add.name,
      inputs: [x, ...constants.map(({ name }) => name)],
      outputs: add.outputs,
      attributes: { epsilon: 0, activation: add.attributes.activation },
    },
    constants,
  };
}
