/**
 * Clipping of gradients in place. `global_norm`: `[gradient, ...]` to `(2)`, the
 * norm of all together and the factor that brings it to the limit.
 * `clip_gradient`: `[gradient, norm?]`, by that factor, or each value by itself.
 */
import { gradientClip } from "../../../kernels/gradient_clip.ts";
import { gradientNorm } from "../../../kernels/gradient_norm.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import {
  squarePartials,
  sumOfSquares,
} from "../../../kernels/sum_of_squares.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import { elementCount, type NodeOf } from "../ir.ts";
import { dispatchNode } from "./_lowering.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";

/** Where clipping starts. */
export interface ClipAttributes {
  /** The greatest norm, or the greatest absolute value. */
  readonly limit: number;
}

/** Where clipping by the norm of all gradients starts. */
export interface GlobalNormAttributes extends ClipAttributes {
  /** Added to the norm that divides: 0 as TensorFlow has it, 1e-6 as PyTorch. */
  readonly guard: number;
}

export const globalNormRule: OpRule<"global_norm"> = {
  shape: () => [[2]],
  lower: lowerNorm,
  gradient: notDifferentiable,
};

export const clipGradientRule: OpRule<"clip_gradient"> = {
  shape: ([gradient]) => [gradient.shape],
  lower(node, to) {
    const [gradient, ...norm] = node.inputs;
    const size = elementCount(to.shape(gradient));
    return dispatchNode(gradientClip, { ...node, inputs: norm }, {
      to,
      params: { size, limit: node.attributes.limit },
      variant: {
        by: norm.length === 0 ? "value" : "norm",
        vector: vectorWidth(size),
      },
    });
  },
  gradient: notDifferentiable,
};

function lowerNorm(
  { name, inputs, outputs: [norm], attributes }: NodeOf<"global_norm">,
  to: Lowering,
): Step[] {
  const { limit, guard } = attributes;
  const sizes = inputs.map((input) => elementCount(to.shape(input)));
  const counts = sizes.map(squarePartials);
  const count = counts.reduce((sum, each) => sum + each, 0);
  const partials = to.scratch(count);
  let offset = 0;
  const squares = inputs.map((input, at) => {
    const step = dispatch(sumOfSquares, {
      params: { size: sizes[at], offset, count: counts[at] },
      variant: {},
      reads: [to.read(input)],
      writes: [partials],
      label: name,
    });
    offset += counts[at];
    return step;
  });
  return [
    ...squares,
    dispatch(gradientNorm, {
      params: { count, limit, guard },
      variant: {},
      reads: [partials],
      writes: [to.place(norm).buffer],
      label: name,
    }),
  ];
}
