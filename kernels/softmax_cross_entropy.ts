/**
 * The loss of a classifier with its gradient, and the end of a step's forward half.
 *
 * @module
 */
import rowSource from "./_softmax_row.wgsl" with { type: "text" };
import source from "./softmax_cross_entropy.wgsl" with { type: "text" };
import type { Kernel } from "./kernel.ts";
import { storeFunctions } from "./texels.ts";
import { elementOf } from "./vector.ts";

const params = {
  rows: "u32",
  /** Values of a row of logits, a multiple of 4. */
  columns: "u32",
  /** How many of them are logits; the rest is padding. */
  classes: "u32",
  /** Share of the truth that is spread evenly over all classes; 0 is none. */
  smoothing: "f32",
} as const;

export type SoftmaxCrossEntropyVariant = {
  /** Whether the gradient is written as texels, for those who read it so. */
  texels: boolean;
};

/**
 * Mean softmax cross-entropy of a batch, the gradient of its logits and how
 * many rows are right. logits, gradient: `(rows, columns)`; labels:
 * `(steps, rows)`, the class of each row of each step; class_weights:
 * `(classes)`, the factor of each label's rows (the mean is over the count of
 * rows, as Keras has it); progress: `(steps, 2)` of loss and count; counter: the
 * step, advanced by one.
 */
export const softmaxCrossEntropy: Kernel<
  typeof params,
  SoftmaxCrossEntropyVariant
> = {
  name: "softmax_cross_entropy",
  params,
  reads: () => ({ logits: "vec4f", labels: "u32", class_weights: "f32" }),
  writes: (variant) => ({
    ...gradientWrite(variant),
    progress: "f32",
    counter: "u32",
  }),
  texelBindings: () => ["logits", "class_weights"],
  source: (variant) =>
    storeFunctions(gradientWrite(variant)) + "\n" + rowSource + source,
  groups: () => [1, 1, 1],
  cost: ({ rows, columns, classes }) => ({
    flops: 8 * rows * classes,
    bytes: 8 * rows * columns,
  }),
  reference(
    {
      params,
      reads: [logits, labels, classWeights],
      writes: [gradient, progress, counter],
    },
  ) {
    const { rows, columns, classes, smoothing } = params;
    let loss = 0;
    let correct = 0;
    for (let r = 0; r < rows; r++) {
      const label = labels[counter[0] * rows + r];
      const z = Array.from(
        logits.subarray(r * columns, r * columns + classes),
      );
      const largest = Math.max(...z);
      const sum = z.reduce(
        (total, value) => total + Math.exp(value - largest),
        0,
      );
      const surprise = (c: number) => Math.log(sum) - (z[c] - largest);
      const spread = z.reduce((total, _, c) => total + surprise(c), 0);
      const weight = classWeights[label];
      loss += weight *
        ((1 - smoothing) * surprise(label) + smoothing / classes * spread);
      if (z.indexOf(largest) === label) correct++;
      for (let c = 0; c < columns; c++) {
        gradient[r * columns + c] = c >= classes
          ? 0
          : weight * (Math.exp(z[c] - largest) / sum -
            (c === label ? 1 - smoothing : 0) - smoothing / classes) /
            rows;
      }
    }
    progress[counter[0] * 2] = loss / rows;
    progress[counter[0] * 2 + 1] = correct;
    counter[0]++;
  },
  example: () => ({
    params: { rows: 2, columns: 4, classes: 3, smoothing: 0.1 },
    variant: { texels: true },
    reads: [
      new Float32Array([1, 2, -1, 9, 0.5, 0.25, 0, 9]),
      new Uint32Array([0, 0, 2, 1]),
      new Float32Array([1, 0.5, 2]),
    ],
    writes: [
      new Float32Array(8),
      new Float32Array(4),
      new Uint32Array([1]),
    ],
  }),
};

function gradientWrite({ texels }: SoftmaxCrossEntropyVariant) {
  return { gradient: elementOf(4, { texels }) };
}
