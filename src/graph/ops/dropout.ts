/**
 * Dropout, `[x, counter?, start?]`: in a training step a share of the elements
 * becomes 0 and the others grow, by a mask that seed, layer and step decide. In a
 * network without a counter it passes on what it gets.
 */
import {
  dropout as dropoutKernel,
  dropoutRate,
} from "../../../kernels/dropout.ts";
import { unary } from "../../../kernels/unary.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import { elementCount } from "../ir.ts";
import { addWanted } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import type { OpRule } from "./_rule.ts";

/** Which elements go. */
export interface DropoutAttributes {
  /** The share that goes, in [0, 1). */
  readonly rate: number;
  /** The run's seed, in [0, 2^32). */
  readonly seed: number;
  /** Tells the layers of a network apart. */
  readonly stream: number;
  /** Whether the loss has advanced the counter: true on the way back. */
  readonly afterLoss: boolean;
}

export const rule: OpRule<"dropout"> = {
  shape: ([x]) => [x.shape],
  lower(node, to) {
    const [x, ...steps] = node.inputs;
    const size = elementCount(to.shape(x));
    if (steps.length === 0) {
      const variant = { function: "identity" } as const;
      return dispatchNode(unary, node, { to, params: { size }, variant });
    }
    const { rate, seed, stream, afterLoss } = node.attributes;
    return dispatchNode(dropoutKernel, node, {
      to,
      params: {
        size,
        seed,
        stream,
        ...dropoutRate(rate),
        stepsAhead: afterLoss ? 1 : 0,
      },
      variant: { vector: vectorWidth(size) },
    });
  },
  /** The same mask once more. */
  gradient: ({ inputs: [x, ...steps], attributes }, to) => [
    addWanted(to, x, {
      op: "dropout",
      inputs: [to.outputGradient, ...steps],
      attributes: { ...attributes, afterLoss: true },
    }),
  ],
};
