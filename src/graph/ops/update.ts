/**
 * One step of an optimizer, `[variable, gradient, schedule (steps, 4), counter
 * (1), ...moments]`; outputs are the new variable and the new moments, each in
 * the buffer of the old one.
 */
import {
  optimizer,
  optimizerMoments,
  type UpdateRule,
  updateVariant,
} from "../../../kernels/optimizer.ts";
import { elementCount } from "../ir.ts";
import { dispatchNode } from "./_lowering.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";

/** How a variable changes. */
export interface UpdateAttributes {
  /** The rule; `optimizerMoments` names its moments. */
  readonly rule: UpdateRule;
  /** Adam's `1 - beta2`. */
  readonly secondShare: number;
  /** Whether the schedule's decay and the penalty are for this variable. */
  readonly decays: boolean;
  /** Times each value, what is added to its gradient. */
  readonly penalty: number;
  /** Times the schedule's rate and decay. */
  readonly rateScale: number;
}

export const rule: OpRule<"update"> = {
  shape: ([variable], { rule }) =>
    Array<typeof variable.shape>(1 + optimizerMoments[rule].length)
      .fill(variable.shape),
  lower(node, to) {
    const [variable, gradient, schedule, counter, ...moments] = node.inputs;
    const { rule, secondShare, decays, penalty, rateScale } = node.attributes;
    const size = elementCount(to.shape(variable));
    const { texels } = to.tuning;
    const variant = updateVariant(rule, { size, texels });
    const inputs = [
      ...[gradient, schedule, counter],
      ...variant.apart ? [variable, ...moments] : [],
    ];
    return dispatchNode(optimizer, { ...node, inputs }, {
      to,
      params: {
        size,
        decayed: decays ? size : 0,
        secondShare,
        penalty,
        rateScale,
      },
      variant,
    });
  },
  gradient: notDifferentiable,
};
