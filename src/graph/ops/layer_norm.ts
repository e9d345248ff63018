/** Normalisation of each row along the last axis, `[x, scale, bias?]`. */
import { layerNorm } from "../../../kernels/layer_norm.ts";
import { layerNormGradient } from "../../../kernels/layer_norm_gradient.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import { rowVariant } from "../../../kernels/row_lanes.ts";
import { InputError } from "../../errors.ts";
import { elementCount, type NodeOf, type Shape, type Tensor } from "../ir.ts";
import type { Lowering } from "../lowering.ts";
import { biasGradient } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import { type Backward, notDifferentiable, type OpRule } from "./_rule.ts";

/** What is added to the variance. */
export interface LayerNormAttributes {
  /** Keeps the division from zero. */
  readonly epsilon: number;
}

export const layerNormRule: OpRule<"layer_norm"> = {
  shape([x, ...weights]) {
    for (const weight of weights) requireColumns(x, weight);
    return [x.shape];
  },
  lower({ name, inputs: [x, scale, bias], outputs: [y], attributes }, to) {
    const call = callOf(to, to.shape(x), attributes);
    const { columns } = call.params;
    const zeros = () =>
      to.literal(`${columns} zeros`, new Float32Array(columns));
    return [dispatch(layerNorm, {
      ...call,
      reads: [
        to.read(x),
        to.read(scale),
        bias === undefined ? zeros() : to.read(bias),
      ],
      writes: [to.place(y).buffer],
      label: name,
    })];
  },
  gradient,
};

/** `[dy, x, scale]` to the gradient of x, and to dy times the normalised x. */
export const layerNormGradientRule: OpRule<"layer_norm_gradient"> = {
  shape: ([, x]) => [x.shape, x.shape],
  lower(node, to) {
    const call = callOf(to, to.shape(node.inputs[1]), node.attributes);
    return dispatchNode(layerNormGradient, node, { to, ...call });
  },
  gradient: notDifferentiable,
};

function callOf(
  to: Lowering,
  shape: Shape,
  { epsilon }: LayerNormAttributes,
) {
  const columns = shape.at(-1) ?? 1;
  return {
    params: { rows: elementCount(shape) / columns, columns, epsilon },
    variant: rowVariant(columns, { isSoftware: to.tuning.texels }),
  };
}

function requireColumns(x: Tensor, { name, shape }: Tensor): void {
  const columns = x.shape.at(-1);
  if (shape.length === 1 && shape[0] === columns) return;
  throw new InputError(
    `"${name}" of shape [${shape.join(", ")}], expected [${
      columns ?? ""
    }] for each value of a row`,
  );
}

function gradient(
  { inputs: [x, scale, bias], attributes }: NodeOf<"layer_norm">,
  to: Backward,
): (string | undefined)[] {
  const dy = to.outputGradient;
  const ofBias = biasGradient(to, bias, dy);
  if (!to.wants(x) && !to.wants(scale)) return [undefined, undefined, ofBias];
  const [dx, dz] = to.addAll({
    op: "layer_norm_gradient",
    inputs: [dy, x, scale],
    attributes,
  });
  return [
    to.wants(x) ? dx : undefined,
    biasGradient(to, scale, dz),
    ofBias,
  ];
}
