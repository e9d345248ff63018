/**
 * The loss of a classifier with its gradient, and the end of a step's forward half.
 *
 * @module
 */
import source from "./softmax_cross_entropy.wgsl" with { type: "text" };
import {
  batchBindings,
  type BatchParams,
  type BatchVariant,
  rowsOf,
  rowSource,
} from "./gathered_rows.ts";
import type { Kernel } from "./kernel.ts";

/** Uniforms of {@linkcode softmaxCrossEntropy}. */
export type SoftmaxCrossEntropyParams = BatchParams & {
  /** Values of a row of logits, a multiple of 4. */
  columns: number;
  /** How many of them are logits; the rest is padding. */
  classes: number;
};

const workgroupSize = 64;

/**
 * Mean softmax cross-entropy of a batch, the gradient of its logits and how
 * many rows are right. logits, gradient: `(rows, columns)`; labels: a class for
 * each row of the data; progress: `(steps, 2)` of loss and count; counter:
 * the step, advanced by one.
 */
export const softmaxCrossEntropy: Kernel<
  SoftmaxCrossEntropyParams,
  BatchVariant
> = {
  name: "softmax_cross_entropy",
  params: { rows: "u32", ahead: "u32", columns: "u32", classes: "u32" },
  reads: (variant) => ({
    logits: "vec4f",
    labels: "u32",
    ...batchBindings(variant),
  }),
  writes: () => ({ gradient: "vec4f", progress: "f32", counter: "u32" }),
  workgroup: () => [workgroupSize, 1, 1],
  source: (variant) => rowSource(variant) + source,
  groups: () => [1, 1, 1],
  cost: ({ rows, columns, classes }) => ({
    flops: 8 * rows * classes,
    bytes: 8 * rows * columns,
  }),
  reference(
    {
      params,
      reads: [logits, labels, batches],
      writes: [gradient, progress, counter],
    },
  ) {
    const { rows, columns, classes } = params;
    let loss = 0;
    let correct = 0;
    rowsOf(params, { batches, counter }).forEach((row, r) => {
      const label = labels[row];
      const z = Array.from(
        logits.subarray(r * columns, r * columns + classes),
      );
      const largest = Math.max(...z);
      const sum = z.reduce(
        (total, value) => total + Math.exp(value - largest),
        0,
      );
      loss += Math.log(sum) - (z[label] - largest);
      if (z.indexOf(largest) === label) correct++;
      for (let c = 0; c < columns; c++) {
        gradient[r * columns + c] = c >= classes
          ? 0
          : (Math.exp(z[c] - largest) / sum - (c === label ? 1 : 0)) / rows;
      }
    });
    progress[counter[0] * 2] = loss / rows;
    progress[counter[0] * 2 + 1] = correct;
    counter[0]++;
  },
  example: () => ({
    params: { rows: 2, ahead: 0, columns: 4, classes: 3 },
    variant: { gathered: true },
    reads: [
      new Float32Array([1, 2, -1, 9, 0.5, 0.25, 0, 9]),
      new Uint32Array([2, 0, 1]),
      new Uint32Array([0, 0, 2, 1]),
    ],
    writes: [
      new Float32Array(8),
      new Float32Array(4),
      new Uint32Array([1]),
    ],
  }),
};
