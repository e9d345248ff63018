/** Element-wise functions of one tensor, `[x]`, and the gradients of activations. */
import {
  type ActivationFunction,
  activationFunctions,
  definitionOf,
  spell,
} from "../../../kernels/activation.ts";
import { activationGradient } from "../../../kernels/activation_gradient.ts";
import { fitTexels } from "../../../kernels/texels.ts";
import {
  unary,
  type UnaryFunction,
  unaryFunction,
} from "../../../kernels/unary.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import type { NodeDef } from "../graphdef.ts";
import { elementCount } from "../ir.ts";
import { attribute, requireFloat, requireInputs } from "./_attributes.ts";
import { multiply, scale } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import {
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
  gradient({ inputs: [x], outputs: [y], attributes }, to) {
    if (!to.wants(x)) return [undefined];
    const { function: name } = attributes;
    if (name === "identity") return [to.outputGradient];
    if (name === "rsqrt") {
      // d(x^(-1/2)) = -x^(-3/2) / 2
      const cube = multiply(to, multiply(to, y, y), y);
      return [scale(to, multiply(to, to.outputGradient, cube), -0.5)];
    }
    const { slopeFrom } = definitionOf(name);
    return [to.add({
      op: "activation_gradient",
      inputs: [to.outputGradient, slopeFrom === "output" ? y : x],
      attributes: { function: name },
    })];
  },
};

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
        texels: to.tuning.texels && fitTexels(size),
      },
    });
  },
  gradient: notDifferentiable,
};

/** Importers of TensorFlow's unary functions. */
export const importers: Readonly<Record<string, OpImporter>> = {
  Rsqrt: importerOf(() => "rsqrt"),
  ...Object.fromEntries(activationFunctions.flatMap(activationImporter)),
};

/** The importer of an activation that TensorFlow has an op for. */
function activationImporter(
  activation: ActivationFunction,
): [op: string, OpImporter][] {
  const { name, nodes: [first, ...others], parameter } = definitionOf(
    activation,
  );
  if (others.length > 0) return [];
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
