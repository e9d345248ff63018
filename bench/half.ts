/**
 * Weights in f16 beside f32: memory, speed and accuracy of a forward pass.
 *
 * @module
 */
import { differenceOf, type FeatureModel } from "../src/features/mod.ts";
import type { Program } from "../src/plan/mod.ts";
import { type Forward, openForward, seededPixels } from "./forward.ts";
import type { Row } from "./results.ts";
import type { BenchContext } from "./section.ts";
import { median } from "./statistics.ts";

/** Images a second with weights in f16, measured in turn with f32. */
export async function halfRow(
  model: FeatureModel,
  { batch }: { batch: number },
  { rounds, signal }: BenchContext,
): Promise<Row> {
  const full = await openForward(model, { batch });
  const half = await openForward({ ...model, precision: "f16" }, { batch });
  try {
    const pixels = seededPixels(batch, model.resize);
    for (const forward of [full, half]) await forward.write(pixels);
    const rowsOf = async (forward: Forward) => rows(await forward.run(), model);
    const exact = await rowsOf(full);
    const { cosine, relative } = differenceOf(await rowsOf(half), exact);
    const rates = { full: [] as number[], half: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      signal.throwIfAborted();
      rates.full.push(await rateOf(full));
      rates.half.push(await rateOf(half));
    }
    return {
      section: "model",
      name: `forward, weights in f16, batch ${batch}`,
      unit: "images/s",
      samples: rates.half,
      warmUp: 1,
      details: {
        "times f32": median(rates.half) / median(rates.full),
        "MB of weights": weightBytes(half.plan.program) / 1e6,
        "MB in f32": weightBytes(full.plan.program) / 1e6,
        "least cosine": cosine,
        "largest relative difference": relative,
      },
    };
  } finally {
    await full.close();
    await half.close();
  }
}

async function rateOf(forward: Forward): Promise<number> {
  const start = performance.now();
  await forward.run();
  return forward.batch * 1000 / (performance.now() - start);
}

function rows(features: Float32Array, { width }: FeatureModel): Float32Array[] {
  return Array.from(
    { length: features.length / width },
    (_, row) => features.subarray(row * width, (row + 1) * width),
  );
}

/** Bytes of filters in the kernels' layout. */
function weightBytes({ buffers }: Program): number {
  return buffers.filter(({ name }) => name?.includes("(tiles"))
    .reduce((sum, { bytes }) => sum + bytes, 0);
}
