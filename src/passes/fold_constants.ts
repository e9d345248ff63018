/**
 * Nodes whose inputs are all constant become constants.
 *
 * @module
 */
import {
  type ConstantData,
  elementCount,
  type Graph,
  type NodeOf,
  type OpName,
  removeUnused,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import { type OpRule, rules } from "../graph/ops/mod.ts";

/** Results up to this many elements are kept, larger ones are made when read. */
const keptElements = 65536;

/** Evaluates what does not depend on an input, on the CPU, when it is read. */
export function foldConstants(graph: Graph): Graph {
  const tensors = new Map(graph.tensors);
  const nodes = graph.nodes.filter((node) => {
    const folded = fold(node, tensors);
    if (folded) tensors.set(folded.name, folded);
    return !folded;
  });
  return removeUnused({ ...graph, nodes, tensors });
}

function fold<K extends OpName>(
  node: NodeOf<K>,
  tensors: ReadonlyMap<string, Tensor>,
): Tensor | undefined {
  const { evaluate }: OpRule<K> = rules[node.op];
  const inputs = node.inputs.map((name) => tensorOf({ tensors }, name));
  const constants = inputs.flatMap(({ shape, constant }) =>
    constant ? [{ shape, constant }] : []
  );
  const [output] = node.outputs;
  if (!evaluate || constants.length < inputs.length) return undefined;
  const tensor = tensorOf({ tensors }, output);
  const compute = () =>
    evaluate(
      constants.map(({ shape, constant }) => ({
        shape,
        data: constant.read(),
      })),
      node.attributes,
      tensor.shape,
    );
  const read = elementCount(tensor.shape) <= keptElements
    ? once(compute)
    : compute;
  return { ...tensor, constant: { read } };
}

function once(evaluate: () => ConstantData): () => ConstantData {
  let data: ConstantData | undefined;
  return () => data ??= evaluate();
}
