/** Element-wise functions of one tensor, `[x]`. */
import { dispatch } from "../../../kernels/kernel.ts";
import { unary } from "../../../kernels/unary.ts";
import { elementCount } from "../ir.ts";
import { requireFloat, requireInputs } from "./_attributes.ts";
import { beforeActivation, multiply, scale } from "./_gradient.ts";
import type { ImportedNode, OpImporter, OpRule } from "./_rule.ts";

/** What becomes of `x`. */
export type UnaryFunction = "identity" | "relu" | "relu6" | "rsqrt" | "sigmoid";

const functions: Readonly<Record<UnaryFunction, (x: number) => number>> = {
  identity: (x) => x,
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  rsqrt: (x) => 1 / Math.sqrt(x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

/** Which function. */
export interface UnaryAttributes {
  /** What becomes of each element. */
  readonly function: UnaryFunction;
}

export const unaryRule: OpRule<"unary"> = {
  shape: ([x]) => [x.shape],
  evaluate: ([x], attributes) => x.data.map(functions[attributes.function]),
  lower: ({ name, inputs: [x], outputs: [y], attributes }, to) => [
    dispatch(unary, {
      params: { size: elementCount(to.shape(x)) },
      variant: { function: attributes.function },
      reads: [to.read(x)],
      writes: [to.place(y).buffer],
      label: name,
    }),
  ],
  gradient({ inputs: [x], outputs: [y], attributes }, to) {
    if (!to.wants(x)) return [undefined];
    switch (attributes.function) {
      case "identity":
        return [to.outputGradient];
      case "relu":
      case "relu6":
        return [beforeActivation(to, attributes.function, y)];
      case "sigmoid":
        return [to.add({
          op: "activation_gradient",
          inputs: [to.outputGradient, y],
          attributes: { function: "sigmoid" },
        })];
      case "rsqrt": {
        // d(x^(-1/2)) = -x^(-3/2) / 2
        const cube = multiply(to, multiply(to, y, y), y);
        return [scale(to, multiply(to, to.outputGradient, cube), -0.5)];
      }
      default:
        return attributes.function satisfies never;
    }
  },
};

export const unaryImporters = {
  Relu: importerOf("relu"),
  Relu6: importerOf("relu6"),
  Rsqrt: importerOf("rsqrt"),
  Sigmoid: importerOf("sigmoid"),
};

function importerOf(name: UnaryFunction): OpImporter {
  return (node, inputs): ImportedNode => {
    requireInputs(node, inputs, 1);
    requireFloat(node, inputs[0]);
    const attributes = { function: name };
    return { kind: "node", op: "unary", inputs, attributes };
  };
}
