/** The gradient of a mean, `[dy]`: each element's share of it. */
import { meanGradient } from "../../../kernels/mean_gradient.ts";
import type { Shape } from "../ir.ts";
import { dispatchNode } from "./_lowering.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";
import { sizesAround } from "./mean.ts";

/** What the mean was of. */
export interface MeanGradientAttributes {
  /** Axes that went, ascending and without gaps. */
  readonly axes: readonly number[];
  /** Shape of what the mean was of. */
  readonly shape: Shape;
}

export const rule: OpRule<"mean_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower(node, to) {
    const { shape, axes } = node.attributes;
    const params = sizesAround(shape, axes);
    return dispatchNode(meanGradient, node, { to, params, variant: {} });
  },
  gradient: notDifferentiable,
};
