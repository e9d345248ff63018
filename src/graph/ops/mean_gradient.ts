/** The gradient of a mean, `[dy]`: each element's share of it. */
import { dispatch } from "../../../kernels/kernel.ts";
import { meanGradient } from "../../../kernels/mean_gradient.ts";
import { elementCount, type Shape } from "../ir.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";

/** What the mean was of. */
export interface MeanGradientAttributes {
  /** Axes that went, ascending and without gaps. */
  readonly axes: readonly number[];
  /** Shape of what the mean was of. */
  readonly shape: Shape;
}

/** `mean_gradient` for the typed table. */
export const meanGradientRule: OpRule<"mean_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower({ name, inputs: [dy], outputs: [dx], attributes }, to) {
    const { axes, shape } = attributes;
    const end = axes[0] + axes.length;
    return [dispatch(meanGradient, {
      params: {
        outer: elementCount(shape.slice(0, axes[0])),
        reduce: elementCount(shape.slice(axes[0], end)),
        inner: elementCount(shape.slice(end)),
      },
      variant: {},
      reads: [to.read(dy)],
      writes: [to.place(dx).buffer],
      label: name,
    })];
  },
  gradient: notDifferentiable,
};
