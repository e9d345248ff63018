/**
 * The gradients of pools: `max_pool_gradient` `[dy, x, y]`, of which the first
 * maximum of a window takes all, and `avg_pool_gradient` `[dy]`.
 */
import {
  poolGradient,
  poolGradientVariant,
} from "../../../kernels/pool_gradient.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import type { NodeOf, Shape } from "../ir.ts";
import { dispatchNode } from "./_lowering.ts";
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
  lower: (node, to) => lower(node, to, "max"),
  gradient: notDifferentiable,
};

export const avgPoolGradientRule: OpRule<"avg_pool_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower: (node, to) => lower(node, to, "average"),
  gradient: notDifferentiable,
};

function lower(
  node: NodeOf<"max_pool_gradient" | "avg_pool_gradient">,
  to: Lowering,
  kind: "max" | "average",
): Step[] {
  const { attributes, attributes: { shape } } = node;
  const params = {
    ...windowShape(
      { ...attributes, dilations: noDilation },
      { image: shape, output: to.shape(node.inputs[0]) },
    ),
    channels: shape[3],
  };
  const { texels } = to.tuning;
  const variant = poolGradientVariant(params, { kind, texels });
  const used = Object.keys(poolGradient.reads(variant)).length;
  const inputs = node.inputs.slice(0, used);
  return dispatchNode(poolGradient, { ...node, inputs }, {
    to,
    params,
    variant,
  });
}
