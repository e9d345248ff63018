/** What is said of nodes that nothing here computes. */
import type { InputError } from "../errors.ts";
import { importError } from "../graph/ops/_attributes.ts";
import type { OnnxNode } from "./model.ts";

/** The error for a node, with the reason: nodes without a name have that of their output. */
export function nodeError(node: OnnxNode, reason: string): InputError {
  const op = node.domain === "" ? node.op : `${node.domain}.${node.op}`;
  const name = node.name || (node.outputs[0] ?? "");
  return importError({ name, op }, reason);
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [
    /^(QLinear|Quantize|Dequantize|DynamicQuantize|ConvInteger|MatMulInteger|QGemm|QAttention|FusedMatMulInteger|MatMulNBits)/,
    "quantised graphs are not supported; take the float model that it was made of",
  ],
  [
    /^(RNN|LSTM|GRU)$|(LSTM|GRU)$/,
    "recurrent networks are not supported; take a network without it",
  ],
  [
    /^(If|Loop|Scan)$/,
    "branches and loops are not supported; export the network without them, or choose an output before",
  ],
  [
    /^(Sequence|Optional|SplitToSequence|ConcatFromSequence)/,
    "lists of tensors are not supported; export the network without them, or choose an output before",
  ],
];

/** The error for nodes that nothing here computes, by the first of them. */
export function unsupported(nodes: readonly OnnxNode[]): InputError {
  const [first, ...others] = nodes;
  const reason = kinds.find(([pattern]) => pattern.test(first.op))?.[1] ??
    "the op is not supported; choose an output before it, or a network without it";
  return nodeError(first, `${reason}${alsoText(others)}`);
}

/** How many are named. */
const mostNamed = 3;

function alsoText(nodes: readonly OnnxNode[]): string {
  if (nodes.length === 0) return "";
  const named = nodes.slice(0, mostNamed).map(({ name, op, outputs }) =>
    `"${name || (outputs[0] ?? "")}" (${op})`
  );
  const rest = nodes.length - named.length;
  return ` (and so are not ${named.join(", ")}${
    rest > 0 ? ` and ${rest} more` : ""
  })`;
}
