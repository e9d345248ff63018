/** Batch normalisation and losses against Keras and TensorFlow (`golden/gradients.py`). */
import { batchMoments, batchSplits } from "../kernels/batch_moments.ts";
import { batchNorm } from "../kernels/batch_norm.ts";
import { batchNormGradient } from "../kernels/batch_norm_gradient.ts";
import { batchNormSums } from "../kernels/batch_norm_sums.ts";
import {
  batchStatistics,
  varianceCorrection,
} from "../kernels/batch_statistics.ts";
import type { BufferData } from "../kernels/kernel.ts";
import { sigmoidCrossEntropy } from "../kernels/sigmoid_cross_entropy.ts";
import { softmaxCrossEntropy } from "../kernels/softmax_cross_entropy.ts";
import { testValues } from "../kernels/testing.ts";
import { vectorWidth } from "../kernels/vector.ts";
import batchNormCases from "./golden/gradients/batch_norm.json" with {
  type: "json",
};
import lossCases from "./golden/gradients/cross_entropy.json" with {
  type: "json",
};
import {
  checkClose,
  product,
  run,
  slopeSeed,
  summed,
} from "./gradient_testing.ts";

type BatchNormCase = typeof batchNormCases[number];

/** Mean, variance and moving averages that began at 0 and 1, long ago, as batch_statistics leaves them. */
async function statisticsOf(
  x: Float32Array,
  { channels, rule, momentum }: {
    channels: number;
    rule: "keras3" | "fused";
    momentum: number;
  },
): Promise<BufferData[]> {
  const rows = x.length / channels;
  const { splits, perSplit } = batchSplits(rows, channels);
  const params = { rows, channels, rowsPerSplit: perSplit };
  const moments = await run(batchMoments, {
    params,
    variant: { vector: vectorWidth(channels) },
    reads: [x],
    writes: [1, 2].map(() => new Float32Array(splits * channels)),
  });
  const correction = varianceCorrection(rows, rule);
  return await run(batchStatistics, {
    params: { ...params, share: 1 - momentum, correction },
    variant: { settled: true },
    reads: moments,
    writes: [0, 0, 0, 1].map((start) => new Float32Array(channels).fill(start)),
  });
}

/** What the kernels make of a case, by the names of its goldens. */
async function batchNormOf({ epsilon, momentum, ...one }: BatchNormCase) {
  const channels = one.x[one.x.length - 1];
  const rows = product(one.x) / channels;
  const variant = { vector: vectorWidth(channels) };
  const x = testValues(rows * channels).map((value) => value + one.offset);
  const [gamma, beta] = [testValues(channels, 2), testValues(channels, 3)];
  const dy = testValues(rows * channels, slopeSeed);
  const [mean, variance, movingMean, movingVariance] = await statisticsOf(x, {
    channels,
    momentum,
    rule: "keras3",
  });
  const fused = { channels, momentum: 0, rule: "fused" } as const;
  const [, , , fusedVariance] = await statisticsOf(x, fused);
  const size = { size: rows * channels, channels, epsilon };
  const [y] = await run(batchNorm, {
    params: { ...size, yStride: channels, yOffset: 0 },
    variant: { ...variant, activation: "none" },
    reads: [x, mean, variance, beta, gamma],
    writes: [new Float32Array(rows * channels)],
  });
  const { splits, perSplit } = batchSplits(rows, channels);
  const sums = await run(batchNormSums, {
    params: { rows, channels, rowsPerSplit: perSplit, epsilon },
    variant,
    reads: [x, dy, mean, variance],
    writes: [1, 2].map(() => new Float32Array(splits * channels)),
  });
  const dbeta = await summed(sums[0], { splits });
  const dgamma = await summed(sums[1], { splits });
  const [dx] = await run(batchNormGradient, {
    params: { rows, channels, epsilon },
    variant: { ...variant, training: true },
    reads: [dy, variance, gamma, x, mean, dbeta, dgamma],
    writes: [new Float32Array(rows * channels)],
  });
  return { y, movingMean, movingVariance, fusedVariance, dx, dgamma, dbeta };
}

for (const one of batchNormCases) {
  Deno.test(`batch normalisation in training agrees with Keras: ${one.name}`, async () => {
    const found = await batchNormOf(one);
    const { x, gamma, beta } = one.gradients;
    const expected = { ...one, dx: x, dgamma: gamma, dbeta: beta };
    const names = [
      ...["y", "movingMean", "movingVariance", "fusedVariance"] as const,
      ...["dx", "dgamma", "dbeta"] as const,
    ];
    for (const name of names) {
      checkClose(found[name], {
        expected: expected[name],
        tolerance: 1e-4,
        name,
      });
    }
  });
}

for (const one of lossCases.softmax) {
  Deno.test(`softmaxCrossEntropy() agrees with TensorFlow: ${one.name}`, async () => {
    const { rows, classes } = one;
    const columns = Math.ceil(classes / 4) * 4;
    const values = testValues(rows * classes);
    const logits = new Float32Array(rows * columns);
    values.forEach((value, i) =>
      logits[Math.floor(i / classes) * columns + i % classes] = value *
        one.scale
    );
    const [padded, progress] = await run(softmaxCrossEntropy, {
      params: { rows, columns, classes, smoothing: 0 },
      variant: { texels: false },
      reads: [
        logits,
        Uint32Array.from({ length: rows }, (_, row) => row * 5 % 7 % classes),
        new Float32Array(classes).fill(1),
      ],
      writes: [
        new Float32Array(rows * columns),
        new Float32Array(2),
        new Uint32Array(1),
      ],
    });
    const gradient = Float32Array.from(padded)
      .filter((_, i) => i % columns < classes);
    const { logits: expected } = one.gradients;
    checkClose(gradient, { expected, name: "logits" });
    checkClose(progress.slice(0, 1), { expected: [one.loss], name: "loss" });
  });
}

for (const one of lossCases.sigmoid) {
  Deno.test(`sigmoidCrossEntropy() agrees with Keras: ${one.name}`, async () => {
    const { rows, smoothing } = one;
    const [gradient, progress] = await run(sigmoidCrossEntropy, {
      params: { rows, smoothing },
      variant: {},
      reads: [
        testValues(rows).map((value) => value * one.scale),
        Uint32Array.from({ length: rows }, (_, row) => row * 5 % 7 % 2),
        Float32Array.from(one.classWeights),
      ],
      writes: [
        new Float32Array(rows),
        new Float32Array(2),
        new Uint32Array(1),
      ],
    });
    const { logits } = one.gradients;
    checkClose(gradient, { expected: logits, name: "logits" });
    checkClose(progress.slice(0, 1), { expected: [one.loss], name: "loss" });
  });
}
