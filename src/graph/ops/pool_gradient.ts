/**
 * The gradients of pools: `max_pool_gradient` `[dy, x, y]`, of which the first
 * maximum of a window takes all, and `avg_pool_gradient` `[dy]`.
 */
import { dispatch } from "../../../kernels/kernel.ts";
import {
  poolGradient,
  poolGradientVariant,
} from "../../../kernels/pool_gradient.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import type { NodeOf, Shape } from "../ir.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";
import { noDilation, windowShape } from "./_window.ts";
import type { PoolAttributes } from "./pool.ts";

/** How the window moved, and over what. */
export interface PoolGradientAttributes extends PoolAttributes {
  /** Shape of the image that was pooled. */
  readonly shape: Shape;
}

export const maxPoolGradientRule: OpRule<"max_pool_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower: (node, to) => [lower(node, to, "max")],
  gradient: notDifferentiable,
};

export const avgPoolGradientRule: OpRule<"avg_pool_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower: (node, to) => [lower(node, to, "average")],
  gradient: notDifferentiable,
};

function lower(
  { name, inputs, outputs: [dx], attributes }: NodeOf<
    "max_pool_gradient" | "avg_pool_gradient"
  >,
  to: Lowering,
  kind: "max" | "average",
): Step {
  const { shape } = attributes;
  const params = {
    ...windowShape(
      { ...attributes, dilations: noDilation },
      { image: shape, output: to.shape(inputs[0]) },
    ),
    channels: shape[3],
  };
  const { texels } = to.tuning;
  const variant = poolGradientVariant(params, { kind, texels });
  const used = Object.keys(poolGradient.reads(variant)).length;
  return dispatch(poolGradient, {
    params,
    variant,
    reads: inputs.slice(0, used).map((input) => to.read(input)),
    writes: [to.place(dx).buffer],
    label: name,
  });
}
