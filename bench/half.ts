/**
 * Weights in f16 beside f32: memory, speed and accuracy of a forward pass.
 *
 * @module
 */
import { differenceOf } from "../src/features/mod.ts";
import type { Program } from "../src/plan/mod.ts";
import { type Forward, openForward, seededPixels } from "./forward.ts";
import { type BenchNet, pictureSize } from "./nets.ts";
import type { Row } from "./results.ts";
import type { BenchContext } from "./section.ts";
import { median } from "./statistics.ts";

/** Images a second with weights in f16, measured in turn with f32. */
export async function halfRow(
  { name, network }: BenchNet,
  { batch }: { batch: number },
  { rounds, signal }: BenchContext,
): Promise<Row> {
  const full = await openForward(network, { batch });
  const half = await openForward({ ...network, precision: "f16" }, { batch });
  try {
    const pixels = seededPixels(batch, pictureSize(network));
    for (const forward of [full, half]) await forward.write(pixels);
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
      name: `forward of ${name}, weights in f16, batch ${batch}`,
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

/** The features of each picture of the batch. */
async function rowsOf(forward: Forward): Promise<Float32Array[]> {
  const features = await forward.run();
  const width = features.length / forward.batch;
  return Array.from(
    { length: forward.batch },
    (_, row) => features.subarray(row * width, (row + 1) * width),
  );
}

/** Bytes of filters in the kernels' layout. */
function weightBytes({ buffers }: Program): number {
  return buffers.filter(({ name }) => name?.includes("(tiles"))
    .reduce((sum, { bytes }) => sum + bytes, 0);
}
