/** Element-wise functions of one tensor, `[x]`. */
import { requireFloat, requireInputs } from "./_attributes.ts";
import type { ImportedNode, OpImporter, OpRule } from "./_rule.ts";

/** The functions in JavaScript. */
const functions = {
  identity: (x: number): number => x,
  relu: (x: number): number => Math.max(x, 0),
  relu6: (x: number): number => Math.min(Math.max(x, 0), 6),
  rsqrt: (x: number): number => 1 / Math.sqrt(x),
} as const;

/** What becomes of `x`. */
export type UnaryFunction = keyof typeof functions;

/** Which function. */
export interface UnaryAttributes {
  readonly function: UnaryFunction;
}

/** `unary` for the typed table. */
export const unaryRule: OpRule<"unary"> = {
  shape: ([x]) => [x.shape],
  evaluate: ([x], attributes) => x.data.map(functions[attributes.function]),
};

/** Importers of TensorFlow's unary functions. */
export const unaryImporters = {
  Relu: importerOf("relu"),
  Relu6: importerOf("relu6"),
  Rsqrt: importerOf("rsqrt"),
};

function importerOf(name: UnaryFunction): OpImporter {
  return (node, inputs): ImportedNode => {
    requireInputs(node, inputs, 1);
    requireFloat(node, inputs[0]);
    const attributes = { function: name };
    return { kind: "node", op: "unary", inputs, attributes };
  };
}
