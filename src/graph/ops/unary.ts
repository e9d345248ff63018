/** Element-wise functions of one tensor, `[x]`, and the gradients of activations. */
import {
  type ActivationFunction,
  activationFunctions,
  definitionOf,
  spell,
} from "../../../kernels/activation.ts";
import { activationGradient } from "../../../kernels/activation_gradient.ts";
import {
  isPlain,
  type PlainFunction,
  plainOps,
  unary,
  type UnaryFunction,
  unaryFunction,
} from "../../../kernels/unary.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import type { NodeDef } from "../graphdef.ts";
import { InputError } from "../../errors.ts";
import { elementCount, type NodeOf, type Tensor } from "../ir.ts";
import { attribute, requireFloat, requireInputs } from "./_attributes.ts";
import { plainBinary } from "./binary.ts";
import { multiply, scale } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import {
  type Backward,
  type ImportContext,
  type ImportedNode,
  notDifferentiable,
  type OpImporter,
  type OpRule,
} from "./_rule.ts";

/** Which function. */
export interface UnaryAttributes {
  /** What becomes of each element. */
  readonly function: UnaryFunction;
}

export const unaryRule: OpRule<"unary"> = {
  shape: ([x]) => [x.shape],
  evaluate: ([x], attributes) => x.data.map(unaryFunction(attributes.function)),
  lower(node, to) {
    const params = { size: elementCount(to.shape(node.inputs[0])) };
    const variant = { function: node.attributes.function };
    return dispatchNode(unary, node, { to, params, variant });
  },
  gradient(node, to) {
    const { inputs: [x], outputs: [y], attributes } = node;
    if (!to.wants(x)) return [undefined];
    const { function: name } = attributes;
    if (isPlain(name)) return [plainGradient(to, { name, node, x, y })];
    const { slopeFrom } = definitionOf(name);
    return [to.add({
      op: "activation_gradient",
      inputs: [to.outputGradient, slopeFrom === "output" ? y : x],
      attributes: { function: name },
    })];
  },
};

function plainGradient(
  to: Backward,
  { name, node, x, y }: {
    readonly name: PlainFunction;
    readonly node: NodeOf<"unary">;
    readonly x: string;
    readonly y: string;
  },
): string {
  const dy = to.outputGradient;
  const by = (function_: "mul" | "div", factor: string) =>
    to.add({
      op: "binary",
      inputs: [dy, factor],
      attributes: { function: function_, activation: "none" },
    });
  switch (name) {
    case "identity":
      return dy;
    case "rsqrt": {
      // d(x^(-1/2)) = -x^(-3/2) / 2
      const cube = multiply(to, multiply(to, y, y), y);
      return scale(to, multiply(to, dy, cube), -0.5);
    }
    case "neg":
      return scale(to, dy, -1);
    case "exp":
      return multiply(to, dy, y);
    case "log":
      return by("div", x);
    case "sqrt":
      return scale(to, by("div", y), 0.5);
    case "square":
      return scale(to, multiply(to, dy, x), 2);
    case "reciprocal":
      return scale(to, multiply(to, multiply(to, dy, y), y), -1);
    case "abs": {
      const attributes = { function: "sign" } as const;
      const sign = to.add({ op: "unary", inputs: [x], attributes });
      return multiply(to, dy, sign);
    }
    case "erf": {
      // d(erf(x)) = 2 / sqrt(pi) exp(-x^2)
      const of = (name: "square" | "neg" | "exp", input: string) =>
        to.add({
          op: "unary",
          inputs: [input],
          attributes: { function: name },
        });
      const bell = of("exp", of("neg", of("square", x)));
      return scale(to, multiply(to, dy, bell), 2 / Math.sqrt(Math.PI));
    }
    case "sign":
    case "floor":
    case "ceil":
    case "round":
      throw new InputError(
        `Cannot train through node "${node.name}" (${name}): it has no gradient; freeze what is before it`,
      );
    default:
      return name satisfies never;
  }
}

/** Which activation. */
export interface ActivationGradientAttributes {
  /** The activation that made `y`. */
  readonly function: ActivationFunction;
}

/** `[dy, y]`, or `[dy, x]` where the slope follows from that, to the gradient before an activation. */
export const activationGradientRule: OpRule<"activation_gradient"> = {
  shape: ([dy]) => [dy.shape],
  lower(node, to) {
    const { inputs: [dy, y], attributes } = node;
    const size = elementCount(to.shape(dy));
    return dispatchNode(activationGradient, { ...node, inputs: [y, dy] }, {
      to,
      params: { size },
      variant: {
        function: attributes.function,
        vector: vectorWidth(size),
      },
    });
  },
  gradient: notDifferentiable,
};

/** Importers of TensorFlow's unary functions. */
export const importers: Readonly<Record<string, OpImporter>> = {
  ...Object.fromEntries(
    [...plainOps].filter(([name]) => name !== "identity")
      .map(([name, op]) => [op, importerOf(() => name)]),
  ),
  Inv: importerOf(() => "reciprocal"),
  Rint: importerOf(() => "round"),
  Erfc: importErfc,
  ...Object.fromEntries(activationFunctions.flatMap(activationImporter)),
};

/** What the error function leaves of 1. */
function importErfc(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add, constant }: ImportContext,
): ImportedNode {
  requireInputs(node, inputs, 1);
  requireFloat(node, inputs[0]);
  const attributes = { function: "erf" } as const;
  const erf = add({ kind: "node", op: "unary", inputs, attributes });
  return plainBinary("sub", [constant([], [1]), erf]);
}

/** The importer of an activation that TensorFlow has an op for. */
function activationImporter(
  activation: ActivationFunction,
): [op: string, OpImporter][] {
  const { name, nodes: [first, ...others], parameter } = definitionOf(
    activation,
  );
  if (others.length > 0 || first.reads !== undefined) return [];
  const importer = importerOf((node) =>
    parameter
      ? spell(
        name,
        attribute(node, parameter.name, "float") ?? parameter.fallback,
      )
      : activation
  );
  return [[first.op, importer]];
}

function importerOf(functionOf: (node: NodeDef) => UnaryFunction): OpImporter {
  return (node, inputs): ImportedNode => {
    requireInputs(node, inputs, 1);
    requireFloat(node, inputs[0]);
    const attributes = { function: functionOf(node) };
    return { kind: "node", op: "unary", inputs, attributes };
  };
}
