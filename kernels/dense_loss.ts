/**
 * The forward half of a dense layer's training step, of few classes: logits, loss
 * and its gradient at once.
 *
 * @module
 */
import softmaxRow from "./_softmax_row.wgsl" with { type: "text" };
import {
  dense,
  denseParams,
  denseSizes,
  denseSums,
  denseTile,
} from "./dense.ts";
import source from "./dense_loss.wgsl" with { type: "text" };
import { ceilDivide, type Kernel } from "./kernel.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
import { type Bindings, storeFunctions } from "./texels.ts";
import { elementOf } from "./vector.ts";

const params = {
  ...denseParams,
  /** How many of the columns are logits; the rest is padding. */
  classes: "u32",
  /** Share of the truth that is spread evenly over all classes; 0 is none. */
  smoothing: "f32",
} as const;

export type DenseLossVariant = {
  /** Whether x and the parameters are read, and the gradient written, as texels. */
  texels: boolean;
};

/** A workgroup has all of a row's logits: there are no more. */
export const maxDenseLossClasses: number = denseTile.vectors * 4;

/** How many parts of a step's loss {@linkcode denseLoss} leaves. */
export function lossParts(rows: number): number {
  return ceilDivide(rows, denseTile.rows);
}

/**
 * The softmax cross-entropy of `x W + b`, of {@linkcode maxDenseLossClasses} at
 * most. x: `(any, depth)`, parameters: `(depth + 1, columns)`, places: `(steps,
 * placeStride)` and labels: `(steps, rows)` of each step; gradient: `(rows,
 * columns)` of the logits; progress: `(steps, parts, 2)`, shares of the mean loss
 * and of the rows that are right, to be added up; counter: `(2)`, the step, which
 * is repeated as its second, for `dense_update` to advance the first.
 */
export const denseLoss: Kernel<typeof params, DenseLossVariant> = {
  name: "dense_loss",
  params,
  reads: (variant) => ({
    ...vectorReads(variant),
    places: "f32",
    labels: "u32",
  }),
  writes: (variant) => ({
    ...gradientWrite(variant),
    progress: "f32",
    counter: "u32",
  }),
  // Lanes that share a sum: one vector of a CPU, or enough to coalesce.
  workgroup: ({ texels }) => [texels ? 8 : 32, 1, 1],
  constants: () => ({ ROWS: denseTile.rows, VECTORS: denseTile.vectors }),
  source: (variant) =>
    [
      denseSums("listed", vectorReads(variant)),
      storeFunctions(gradientWrite(variant)),
      softmaxRow,
      source,
    ].join("\n"),
  groups: ({ rows }) => [lossParts(rows), 1, 1],
  cost: (params) => {
    const { rows, depth, columns, classes } = params;
    return {
      flops: 2 * rows * depth * columns + 8 * rows * classes,
      bytes: 4 * (rows * depth + (depth + 1) * columns + rows * columns),
    };
  },
  reference({ params, variant: { texels }, reads, writes }) {
    const { rows, columns, classes } = params;
    const [x, parameters, places, labels] = reads;
    const [gradient, progress, counter] = writes;
    const [step] = counter;
    const logits = new Float32Array(rows * columns);
    dense.reference({
      params,
      variant: { source: "listed", texels },
      reads: [x, parameters, places, counter],
      writes: [logits],
    });
    const parts = lossParts(rows);
    const ones = new Float32Array(classes).fill(1);
    for (let part = 0; part < parts; part++) {
      const first = part * denseTile.rows;
      const some = Math.min(denseTile.rows, rows - first);
      const told = new Float32Array(2);
      const slopes = new Float32Array(some * columns);
      softmaxCrossEntropy.reference({
        params: { ...params, rows: some },
        variant: { texels },
        reads: [
          logits.subarray(first * columns),
          labels.subarray(step * rows + first),
          ones,
        ],
        writes: [slopes, told, new Uint32Array(1)],
      });
      const share = some / rows;
      gradient.set(slopes.map((slope) => slope * share), first * columns);
      progress.set([told[0] * share, told[1]], 2 * (step * parts + part));
    }
    counter[1] = step;
  },
  example: () => ({
    params: {
      ...denseSizes({ rows: 2, depth: 4, columns: 4 }),
      classes: 3,
      smoothing: 0.1,
    },
    variant: { texels: true },
    reads: [
      Float32Array.from({ length: 12 }, (_, index) => index - 5),
      Float32Array.from({ length: 20 }, (_, index) => 1 - index / 8),
      new Float32Array([0, 0, 0, 0, 2, 1, 0, 0]),
      new Uint32Array([0, 0, 2, 1]),
    ],
    writes: [
      new Float32Array(8),
      new Float32Array(4),
      new Uint32Array([1, 0]),
    ],
  }),
};

function vectorReads({ texels }: DenseLossVariant): Bindings {
  const element = elementOf(4, { texels });
  return { x: element, parameters: element };
}

function gradientWrite({ texels }: DenseLossVariant): Bindings {
  return { gradient: elementOf(4, { texels }) };
}
