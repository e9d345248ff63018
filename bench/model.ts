/**
 * Inception-v3 as a whole: forward passes, the first features, extraction from
 * files.
 *
 * @module
 */
import { type FeatureModel, openModel } from "../src/features/mod.ts";
import { plainTuning, planBatch, type Program } from "../src/plan/mod.ts";
import { readBenchModel } from "./bench_model.ts";
import { extractionRow } from "./extraction.ts";
import { halfRow } from "./half.ts";
import { firstFeatureRows } from "./first_features.ts";
import { openForward, seededPixels } from "./forward.ts";
import { profileForward } from "./layer_table.ts";
import { arithmeticCeiling } from "./roofline.ts";
import {
  type BenchContext,
  sampleMilliseconds,
  type Section,
} from "./section.ts";
import { programFlops } from "../kernels/mod.ts";
import { median } from "./statistics.ts";
import type { Row } from "./results.ts";

/** Batches that are asked for; the adapter's limits may allow fewer. */
const batches = [1, 8, 16] as const;

/** The batch that computed most images a second; 8 where none was measured. */
export function bestBatch(rows: readonly Row[]): number {
  let best = { batch: 8, rate: 0 };
  for (const batch of batches) {
    const row = rows.find(({ section, name }) =>
      section === "model" && name === forwardName(batch)
    );
    const rate = row === undefined ? 0 : median(row.samples);
    if (rate > best.rate) best = { batch, rate };
  }
  return best.batch;
}

function forwardName(batch: number): string {
  return `forward, batch ${batch}`;
}

/** Whole models. */
export const modelSection: Section = {
  name: "model",
  async run(context) {
    const { name, bytes } = await readBenchModel();
    const model = openModel(bytes);
    context.terminal.note(`model: ${name}`);
    let best = { batch: 1, rate: 0 };
    for (const wanted of batches) {
      const { batch, rate } = await addForward(model, wanted, context);
      if (rate > best.rate) best = { batch, rate };
    }
    if (context.precision === "f16") {
      context.add(await halfRow(model, best, context));
    }
    for (const row of await firstFeatureRows(bytes, context)) context.add(row);
    context.add(await extractionRow(model, best.batch, context));
    if (context.profile) await profileForward(model, best.batch, context);
  },
};

async function addForward(
  model: FeatureModel,
  wanted: number,
  { rounds, signal, rows, add }: BenchContext,
): Promise<{ batch: number; rate: number }> {
  const forward = await openForward(model, { batch: wanted });
  try {
    const { batch, plan: { program }, run } = forward;
    await forward.write(seededPixels(batch, model.resize));
    const times = await sampleMilliseconds(run, { rounds, signal });
    const samples = times.map((milliseconds) => batch * 1000 / milliseconds);
    const direct = planBatch(model, { batch, tuning: plainTuning });
    // Work is counted as that of direct convolutions.
    const gflops = programFlops(direct.program) / median(times) / 1e6;
    const ceiling = arithmeticCeiling(rows);
    add({
      section: "model",
      name: forwardName(wanted),
      unit: "images/s",
      samples,
      warmUp: 1,
      details: {
        "batch that fits": batch,
        "GFLOP/s": gflops,
        "share of ceiling": ceiling === undefined ? null : gflops / ceiling,
        dispatches: program.steps.length,
      },
    });
    add({
      section: "model",
      name: `scratch memory, batch ${wanted}`,
      unit: "MB",
      samples: [scratchBytes(program) / 1e6],
      warmUp: 0,
    });
    return { batch, rate: median(samples) };
  } finally {
    await forward.close();
  }
}

/** Bytes of what lives only between steps, all at once. */
function scratchBytes({ buffers }: Program): number {
  return buffers.reduce(
    (sum, { name, bytes }) => name === undefined ? sum + bytes : sum,
    0,
  );
}
