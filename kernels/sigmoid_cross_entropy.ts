/**
 * The loss of a classifier of two classes with its gradient, and the end of a
 * step's forward half.
 *
 * @module
 */
import type { Kernel } from "./kernel.ts";
import source from "./sigmoid_cross_entropy.wgsl" with { type: "text" };

const params = {
  /** Rows of a batch, one logit each. */
  rows: "u32",
  /** Share of the truth that is spread evenly over both classes; 0 is none. */
  smoothing: "f32",
} as const;

/**
 * Mean sigmoid cross-entropy of a batch, the gradient of its logits and how
 * many rows are right. logits, gradient: `(rows)`; labels: `(steps, rows)`, 0
 * or 1; class_weights: `(2)`, the factor of each label's rows (the mean is over
 * the count of rows, as Keras has it); progress: `(steps, 2)` of loss and
 * count; counter: the step, advanced by one.
 */
export const sigmoidCrossEntropy: Kernel<typeof params> = {
  name: "sigmoid_cross_entropy",
  params,
  reads: () => ({ logits: "f32", labels: "u32", class_weights: "f32" }),
  writes: () => ({ gradient: "f32", progress: "f32", counter: "u32" }),
  texelBindings: () => ["logits", "class_weights"],
  source: () => source,
  groups: () => [1, 1, 1],
  cost: ({ rows }) => ({ flops: 12 * rows, bytes: 12 * rows }),
  reference(
    {
      params: { rows, smoothing },
      reads: [logits, labels, classWeights],
      writes: [gradient, progress, counter],
    },
  ) {
    let loss = 0;
    let correct = 0;
    for (let r = 0; r < rows; r++) {
      const z = logits[r];
      const label = labels[counter[0] * rows + r];
      const weight = classWeights[label];
      const truth = label * (1 - smoothing) + smoothing / 2;
      loss += weight *
        (Math.max(z, 0) - z * truth + Math.log1p(Math.exp(-Math.abs(z))));
      if ((z > 0) === (label === 1)) correct++;
      gradient[r] = weight * (1 / (1 + Math.exp(-z)) - truth) / rows;
    }
    progress[counter[0] * 2] = loss / rows;
    progress[counter[0] * 2 + 1] = correct;
    counter[0]++;
  },
  example: () => ({
    params: { rows: 3, smoothing: 0.1 },
    variant: {},
    reads: [
      new Float32Array([1, -2, 30]),
      new Uint32Array([0, 0, 0, 1, 1, 0]),
      new Float32Array([0.5, 2]),
    ],
    writes: [
      new Float32Array(3),
      new Float32Array(4),
      new Uint32Array([1]),
    ],
  }),
};
