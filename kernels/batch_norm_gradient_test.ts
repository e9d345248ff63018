import fc from "fast-check";
import { batchMoments, batchSplits } from "./batch_moments.ts";
import { batchNorm } from "./batch_norm.ts";
import { batchNormGradient } from "./batch_norm_gradient.ts";
import { batchNormSums } from "./batch_norm_sums.ts";
import { batchStatistics, varianceCorrection } from "./batch_statistics.ts";
import { checkGradient, referenceOf } from "./gradient_testing.ts";
import type { BufferData } from "./kernel.ts";
import { sumRows } from "./sum_rows.ts";
import {
  assertAllClose,
  checkKernel,
  runKernel,
  selfTest,
  testSession,
  testValues,
} from "./testing.ts";
import { vectorWidth } from "./vector.ts";

const epsilon = 0.001;

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 200 }),
  channels: fc.constantFrom(1, 3, 4, 10, 32),
  rowsPerSplit: fc.integer({ min: 1, max: 220 }),
});

/** Counter and start of the step after `done` others. */
function stepAfter(done: number): Uint32Array[] {
  return [Uint32Array.of(done % 3), Uint32Array.of(done - done % 3)];
}

/** The statistics of a batch in one part, from the references. */
function statisticsOf(
  x: Float32Array,
  { rows, channels }: { rows: number; channels: number },
): BufferData[] {
  const params = { rows, channels, rowsPerSplit: rows };
  const empty = () => new Float32Array(channels);
  const moments = referenceOf(batchMoments, {
    params,
    variant: { vector: 1 },
    reads: [x],
    writes: [empty(), empty()],
  });
  return referenceOf(batchStatistics, {
    params: { ...params, share: 0.5, correction: 1 },
    variant: { settled: false },
    reads: [...moments, ...stepAfter(5)],
    writes: [empty(), empty(), empty(), empty()],
  });
}

Deno.test("batchMoments() and batchNormSums() agree with their references over odd sizes and splits", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(sizes, async (params) => {
      const { rows, channels } = params;
      const variant = { vector: vectorWidth(channels) };
      const values = Math.ceil(rows / params.rowsPerSplit) * channels;
      const x = testValues(rows * channels).map((value) => 3 + value);
      const writes = [new Float32Array(values), new Float32Array(values)];
      await checkKernel(session, batchMoments, {
        params,
        variant,
        reads: [x],
        writes,
      }, { absolute: 1e-5 });
      await checkKernel(session, batchNormSums, {
        params: { ...params, epsilon },
        variant,
        reads: [
          x,
          testValues(rows * channels, 2),
          testValues(channels, 3),
          testValues(channels, 4).map((value) => 1.5 + value),
        ],
        writes,
      }, { absolute: 1e-4 });
    }),
    { numRuns: 30 },
  );
});

Deno.test("batchStatistics() agrees with its reference however the rows are split", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.constantFrom("keras3" as const, "fused" as const),
      fc.nat({ max: 200 }),
      fc.boolean(),
      (params, rule, done, settled) => {
        const values = Math.ceil(params.rows / params.rowsPerSplit) *
          params.channels;
        return checkKernel(session, batchStatistics, {
          params: {
            ...params,
            share: 0.01,
            correction: varianceCorrection(params.rows, rule),
          },
          variant: { settled },
          reads: [
            testValues(values),
            testValues(values, 2).map((value) => 1 + value),
            ...settled ? [] : stepAfter(done),
          ],
          writes: [3, 4, 5, 6].map((seed) => testValues(params.channels, seed)),
        });
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("batchStatistics() has the plain mean of its first steps, whatever the averages began with", async () => {
  const session = await testSession();
  const means = [3, 5, 10];
  let moving: BufferData[] = [Float32Array.of(-7), Float32Array.of(1)];
  for (const [done, mean] of means.entries()) {
    const params = { rows: 2, channels: 1, rowsPerSplit: 2, share: 0.01 };
    const empty = [new Float32Array(1), new Float32Array(1)];
    const written = await runKernel(session, batchStatistics, {
      params: { ...params, correction: 1 },
      variant: { settled: false },
      // Squares of 2 * mean around it: a variance of mean.
      reads: [
        Float32Array.of(mean),
        Float32Array.of(2 * mean),
        ...stepAfter(done),
      ],
      writes: [...empty, ...moving],
    });
    moving = written.slice(2);
  }
  assertAllClose([moving[0][0], moving[1][0]], [6, 6]);
});

Deno.test("batchMoments() keeps the variance of values far from zero", async () => {
  const [rows, channels] = [4096, 4];
  const x = testValues(rows * channels).map((value) => 1000 + value);
  const { splits, perSplit } = batchSplits(rows, channels);
  const params = { rows, channels, rowsPerSplit: perSplit };
  const writes = [
    new Float32Array(splits * channels),
    new Float32Array(splits * channels),
  ];
  await checkKernel(await testSession(), batchMoments, {
    params,
    variant: { vector: 4 },
    reads: [x],
    writes,
  }, { relative: 1e-4 });
});

for (const training of [true, false]) {
  const mode = training ? "training" : "frozen";
  Deno.test(`batchNormGradient() agrees with its reference over odd sizes, ${mode}`, async () => {
    const session = await testSession();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom(1, 3, 4, 12),
        (rows, channels) => {
          const frozen = [
            testValues(rows * channels),
            testValues(channels, 2).map((value) => 1.5 + value),
            testValues(channels, 3),
          ];
          const more = [
            testValues(rows * channels, 4),
            testValues(channels, 5),
            testValues(channels, 6),
            testValues(channels, 7),
          ];
          return checkKernel(session, batchNormGradient, {
            params: { rows, channels, epsilon },
            variant: { training, vector: vectorWidth(channels) },
            reads: training ? [...frozen, ...more] : frozen,
            writes: [new Float32Array(rows * channels)],
          });
        },
      ),
      { numRuns: 15 },
    );
  });

  Deno.test(`the gradients of batch normalisation are its slope, ${mode}`, () => {
    const [rows, channels] = [7, 3];
    const x = testValues(rows * channels).map((value) => 2 * value + 1);
    const [gamma, beta] = [testValues(channels, 2), testValues(channels, 3)];
    const dy = testValues(rows * channels, 4);
    const frozen = [testValues(channels, 5), new Float32Array([0.5, 1, 2])];
    const statistics = () =>
      training ? statisticsOf(x, { rows, channels }) : frozen;
    const [mean, variance] = statistics();
    const sums = referenceOf(batchNormSums, {
      params: { rows, channels, rowsPerSplit: 4, epsilon },
      variant: { vector: 1 },
      reads: [x, dy, mean, variance],
      writes: [new Float32Array(2 * channels), new Float32Array(2 * channels)],
    });
    const [dbeta, dgamma] = sums.map((partials) =>
      referenceOf(sumRows, {
        params: { rows: 2, columns: channels, rowsPerSplit: 2 },
        variant: { vector: 1 },
        reads: [partials],
        writes: [new Float32Array(channels)],
      })[0]
    );
    const [dx] = referenceOf(batchNormGradient, {
      params: { rows, channels, epsilon },
      variant: { training, vector: 1 },
      reads: [dy, variance, gamma, x, mean, dbeta, dgamma],
      writes: [new Float32Array(rows * channels)],
    });
    checkGradient({
      forward: () => {
        const [mean, variance] = statistics();
        return referenceOf(batchNorm, {
          params: {
            ...{ size: rows * channels, channels, epsilon },
            ...{ yStride: channels, yOffset: 0 },
          },
          variant: { activation: "none", vector: 1 },
          reads: [x, mean, variance, beta, gamma],
          writes: [new Float32Array(rows * channels)],
        })[0];
      },
      slope: dy,
      gradients: {
        x: { input: x, gradient: dx },
        gamma: { input: gamma, gradient: dgamma },
        beta: { input: beta, gradient: dbeta },
      },
    });
  });
}

Deno.test("varianceCorrection() is 1 for Keras 3 and Bessel's for FusedBatchNorm", () => {
  assertAllClose(
    [varianceCorrection(10, "keras3"), varianceCorrection(10, "fused")],
    [1, 10 / 9],
  );
});

Deno.test("the kernels of batch normalisation pass their self-tests", async () => {
  const session = await testSession();
  await selfTest(session, batchMoments);
  await selfTest(session, batchStatistics);
  await selfTest(session, batchNormSums);
  await selfTest(session, batchNormGradient);
});
