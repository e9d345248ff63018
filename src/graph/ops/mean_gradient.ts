/** The gradient of a mean, `[dy]`: each element's share of it. */
import { dispatch } from "../../../kernels/kernel.ts";
import { meanGradient } from "../../../kernels/mean_gradient.ts";
import type { Shape } from "../ir.ts";
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
  lower({ name, inputs: [dy], outputs: [dx], attributes }, to) {
    return [dispatch(meanGradient, {
      params: sizesAround(attributes.shape, attributes.axes),
      variant: {},
      reads: [to.read(dy)],
      writes: [to.place(dx).buffer],
      label: name,
    })];
  },
  gradient: notDifferentiable,
};
