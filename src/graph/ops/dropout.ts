/**
 * Dropout, `[x, counter?, start?]`: in a training step a share of the elements
 * becomes 0 and the others grow, by a mask that seed, layer and step decide. In a
 * network without a counter it passes on what it gets.
 */
import {
  dropout as dropoutKernel,
  dropoutRate,
} from "../../../kernels/dropout.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import { unary } from "../../../kernels/unary.ts";
import { elementCount } from "../ir.ts";
import { addWanted } from "./_gradient.ts";
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
  lower({ name, inputs: [x, ...steps], outputs: [y], attributes }, to) {
    const size = elementCount(to.shape(x));
    const writes = [to.place(y).buffer];
    if (steps.length === 0) {
      const variant = { function: "identity" } as const;
      const reads = [to.read(x)];
      const params = { size };
      return [dispatch(unary, { params, variant, reads, writes, label: name })];
    }
    const { rate, seed, stream, afterLoss } = attributes;
    return [dispatch(dropoutKernel, {
      params: {
        size,
        seed,
        stream,
        ...dropoutRate(rate),
        stepsAhead: afterLoss ? 1 : 0,
      },
      variant: {},
      reads: [x, ...steps].map((input) => to.read(input)),
      writes,
      label: name,
    })];
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
