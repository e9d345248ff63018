/** The gradient before an activation, `[dy, y]`, or `[dy, x]` where its slope follows from that. */
import type { ActivationFunction } from "../../../kernels/activation.ts";
import { activationGradient } from "../../../kernels/activation_gradient.ts";
import { fitTexels } from "../../../kernels/texels.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import { elementCount } from "../ir.ts";
import { dispatchNode } from "./_lowering.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";

/** Which activation. */
export interface ActivationGradientAttributes {
  /** The activation that made `y`. */
  readonly function: ActivationFunction;
}

export const rule: OpRule<"activation_gradient"> = {
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
