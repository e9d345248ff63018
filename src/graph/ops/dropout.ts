/**
 * Dropout, `[x, counter]`: a share of the elements becomes 0 and the others grow,
 * by a mask that seed, layer and step decide. At evaluation it is left out.
 */
import {
  dropout as dropoutKernel,
  dropoutRate,
} from "../../../kernels/dropout.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import { elementCount } from "../ir.ts";
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

/** `dropout` for the typed table. */
export const dropoutRule: OpRule<"dropout"> = {
  shape: ([x]) => [x.shape],
  lower({ name, inputs: [x, counter], outputs: [y], attributes }, to) {
    const { rate, seed, stream, afterLoss } = attributes;
    return [dispatch(dropoutKernel, {
      params: {
        size: elementCount(to.shape(x)),
        seed,
        stream,
        ...dropoutRate(rate),
        stepsAhead: afterLoss ? 1 : 0,
      },
      variant: {},
      reads: [to.read(x), to.read(counter)],
      writes: [to.place(y).buffer],
      label: name,
    })];
  },
  /** The same mask once more. */
  gradient: ({ inputs: [x, counter], attributes }, to) => [
    to.wants(x)
      ? to.add({
        op: "dropout",
        inputs: [to.outputGradient, counter],
        attributes: { ...attributes, afterLoss: true },
      })
      : undefined,
    undefined,
  ],
};
