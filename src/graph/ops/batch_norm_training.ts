/**
 * Batch normalisation in training, around `batch_norm`.
 *
 * `batch_statistics`: `[x, moving mean, moving variance, counter, start]` to mean
 * and variance of the batch and the new moving averages.
 * `batch_norm_sums`: `[x, dy, mean, variance]` to the gradients of beta and gamma.
 * `batch_norm_gradient`: `[dy, variance, gamma]` to that of `x` with statistics
 * that stay, `[dy, variance, gamma, x, mean, dbeta, dgamma]` with the batch's.
 */
import { batchMoments, batchSplits } from "../../../kernels/batch_moments.ts";
import { batchNormGradient } from "../../../kernels/batch_norm_gradient.ts";
import { batchNormSums } from "../../../kernels/batch_norm_sums.ts";
import {
  batchStatistics,
  varianceCorrection,
} from "../../../kernels/batch_statistics.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import { elementCount, type NodeOf } from "../ir.ts";
import { dispatchNode } from "./_lowering.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";
import { sumRowsSteps } from "./sum_rows.ts";

/** How the moving averages move. */
export interface BatchStatisticsAttributes {
  /** What a batch adds to the moving averages at least: 1 - momentum. */
  readonly share: number;
  /** Which variance enters its average: the batch's, or an estimate of the population's. */
  readonly rule: "keras3" | "fused";
  /** Whether the moving averages begin with those of another training. */
  readonly settled: boolean;
}

/** What was added to the variance. */
export interface BatchNormGradientAttributes {
  /** Added to the variance. */
  readonly epsilon: number;
}

export const batchStatisticsRule: OpRule<"batch_statistics"> = {
  shape: ([, mean]) => Array<typeof mean.shape>(4).fill(mean.shape),
  lower({ name, inputs: [x, , , ...steps], outputs, attributes }, to) {
    const { splits, ...params } = split(to, x);
    const { rows, channels } = params;
    const moments = [0, 1].map(() => to.scratch(splits * channels));
    const { share, rule, settled } = attributes;
    const counted = settled ? [] : steps;
    return [
      dispatch(batchMoments, {
        params,
        variant: { vector: vectorWidth(channels) },
        reads: [to.read(x)],
        writes: moments,
        label: name,
      }),
      dispatch(batchStatistics, {
        params: {
          ...params,
          share,
          correction: varianceCorrection(rows, rule),
        },
        variant: { settled },
        reads: [...moments, ...counted.map((input) => to.read(input))],
        writes: outputs.map((output) => to.place(output).buffer),
        label: name,
      }),
    ];
  },
  // Its outputs depend on the batch, which `batch_norm_gradient` accounts for.
  gradient: notDifferentiable,
};

export const batchNormSumsRule: OpRule<"batch_norm_sums"> = {
  shape: ([, , mean]) => [mean.shape, mean.shape],
  lower: lowerSums,
  gradient: notDifferentiable,
};

export const batchNormGradientRule: OpRule<"batch_norm_gradient"> = {
  shape: ([dy]) => [dy.shape],
  lower(node, to) {
    const { inputs: [dy, ...others], attributes: { epsilon } } = node;
    const shape = to.shape(dy);
    const channels = shape[shape.length - 1];
    return dispatchNode(batchNormGradient, node, {
      to,
      params: { rows: elementCount(shape) / channels, channels, epsilon },
      variant: {
        training: others.length > 2,
        vector: vectorWidth(channels),
      },
    });
  },
  gradient: notDifferentiable,
};

function lowerSums(
  { name, inputs, outputs, attributes: { epsilon } }: NodeOf<
    "batch_norm_sums"
  >,
  to: Lowering,
): Step[] {
  const { splits, ...params } = split(to, inputs[0]);
  const { channels } = params;
  const targets = outputs.map((output) => to.place(output).buffer);
  const partials = splits === 1
    ? targets
    : targets.map(() => to.scratch(splits * channels));
  const sums = dispatch(batchNormSums, {
    params: { ...params, epsilon },
    variant: { vector: vectorWidth(channels) },
    reads: inputs.map((input) => to.read(input)),
    writes: partials,
    label: name,
  });
  if (splits === 1) return [sums];
  const size = { rows: splits, columns: channels, label: name };
  return [
    sums,
    ...targets.flatMap((target, at) =>
      sumRowsSteps(to, size, [partials[at], target])
    ),
  ];
}

function split(to: Lowering, x: string) {
  const shape = to.shape(x);
  const channels = shape[shape.length - 1];
  const rows = elementCount(shape) / channels;
  const { splits, perSplit } = batchSplits(rows, channels);
  return { rows, channels, rowsPerSplit: perSplit, splits };
}
