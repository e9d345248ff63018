/**
 * Layer normalisation spelled out becomes one node: what is left of the mean of
 * its row, over the root of the mean of its square.
 *
 * @module
 */
import {
  elementCount,
  type Graph,
  type Node,
  type NodeOf,
  removeUnused,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import { channelConstant, fuseIntoProducer } from "./_fuse.ts";
import { Patterns } from "./_patterns.ts";

/** Rewrites `(x - mean) / sqrt(mean((x - mean)^2) + epsilon)` over the last axis, with its scale and bias. */
export function recogniseLayerNorm(graph: Graph): Graph {
  const patterns = new Patterns(graph);
  const tensors = new Map(graph.tensors);
  const nodes = graph.nodes.map((node) => {
    const made = normalised(node, patterns);
    if (!made) return node;
    patterns.add(made.node);
    tensors.set(made.scale.name, made.scale);
    return made.node;
  });
  if (tensors.size === graph.tensors.size) return graph;
  const whole = removeUnused({ ...graph, nodes, tensors });
  return fuseIntoProducer(whole, withWeights);
}

/** The scale of a norm that has none of its own. */
const onesOf = (name: string) => `${name} (ones)`;

function normalised(
  node: Node,
  patterns: Patterns,
): { readonly node: Node; readonly scale: Tensor } | undefined {
  const found = centredOver(node, patterns);
  if (!found) return undefined;
  const { x, epsilon } = found;
  const { shape } = tensorOf(patterns.graph, x);
  const columns = shape.at(-1) ?? 1;
  const scale: Tensor = {
    name: onesOf(node.name),
    shape: [columns],
    dtype: "f32",
    constant: { read: () => new Float32Array(columns).fill(1) },
  };
  const { name, outputs } = node;
  const attributes = { epsilon };
  const inputs = [x, scale.name];
  return {
    node: { op: "layer_norm", name, inputs, outputs, attributes },
    scale,
  };
}

/** What is normalised, if a node divides what is left of the mean by the root. */
function centredOver(
  { outputs: [output] }: Node,
  patterns: Patterns,
): { readonly x: string; readonly epsilon: number } | undefined {
  const quotient = patterns.binary(output, "div");
  if (quotient) {
    const [centred, root] = quotient;
    const sum = patterns.unary(root, "sqrt");
    return sum === undefined
      ? undefined
      : varianceOf(patterns, { centred, sum });
  }
  const product = patterns.binary(output, "mul");
  if (!product) return undefined;
  for (const [centred, factor] of [product, product.toReversed()]) {
    const root = patterns.unary(factor, "reciprocal");
    const sum = root === undefined
      ? patterns.unary(factor, "rsqrt")
      : patterns.unary(root, "sqrt");
    const found = sum !== undefined && varianceOf(patterns, { centred, sum });
    if (found) return found;
  }
  return undefined;
}

/** What is normalised, if a sum is the mean square of what is left of its mean, and a number. */
function varianceOf(
  patterns: Patterns,
  { centred, sum }: { readonly centred: string; readonly sum: string },
): { readonly x: string; readonly epsilon: number } | undefined {
  const [x, mean] = patterns.binary(centred, "sub") ?? [];
  if (x === undefined || mean === undefined) return undefined;
  if (meanOver(patterns, mean) !== x) return undefined;
  const terms = patterns.binary(sum, "add") ?? [];
  for (const [variance, number] of [terms, terms.toReversed()]) {
    const epsilon = number === undefined ? undefined : patterns.number(number);
    const squares = variance === undefined
      ? undefined
      : meanOver(patterns, variance);
    if (epsilon === undefined || squares === undefined) continue;
    const difference = patterns.binary(squares, "squared_difference");
    const isSquare = difference
      ? difference.toSorted().join() === [x, mean].toSorted().join()
      : patterns.isProduct(squares, 1, [centred, centred]);
    if (isSquare) return { x, epsilon };
  }
  return undefined;
}

/** What a tensor is the mean of over the last axis, which stays. */
function meanOver(patterns: Patterns, name: string): string | undefined {
  const node = patterns.maker(name);
  if (node?.op !== "mean" || !node.attributes.keepDims) return undefined;
  const [x] = node.inputs;
  const { shape } = tensorOf(patterns.graph, x);
  return node.attributes.axes.join() === `${shape.length - 1}` ? x : undefined;
}

/** A scale that is multiplied by becomes the norm's where it has none, and what is added its bias. */
function withWeights(
  norm: Node,
  node: Node,
  graph: Graph,
): { readonly node: Node; readonly constants: readonly Tensor[] } | undefined {
  if (norm.op !== "layer_norm" || node.op !== "binary") return undefined;
  const { function: made, activation } = node.attributes;
  const [output] = norm.outputs;
  const other = node.inputs[node.inputs[0] === output ? 1 : 0];
  const columns = tensorOf(graph, output).shape.at(-1) ?? 1;
  const read = channelConstant(graph.tensors.get(other), columns);
  const isSame = elementCount(tensorOf(graph, node.outputs[0]).shape) ===
    elementCount(tensorOf(graph, output).shape);
  const isFree = made === "mul"
    ? isPlain(norm)
    : made === "add" && norm.inputs.length === 2;
  if (!read || !isSame || !isFree || activation !== "none") return undefined;
  const name = `${node.name} (${made === "mul" ? "scale" : "bias"})`;
  const weight: Tensor = {
    ...{ name, shape: [columns], dtype: "f32" },
    constant: { read },
  };
  const [x, scale] = norm.inputs;
  const inputs = made === "mul" ? [x, name] : [x, scale, name];
  const { outputs } = node;
  return {
    node: { ...norm, name: node.name, inputs, outputs },
    constants: [weight],
  };
}

function isPlain(
  { name, inputs: [, scale, bias] }: NodeOf<"layer_norm">,
): boolean {
  return bias === undefined && scale === onesOf(name);
}
