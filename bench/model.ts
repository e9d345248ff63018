/**
 * Whole nets: forward passes, where their time goes, and what the usual backbone
 * makes of files.
 *
 * @module
 */
import { programFlops } from "../kernels/mod.ts";
import { plainTuning, planBatch, type Program } from "../src/plan/mod.ts";
import { extractionRow } from "./extraction.ts";
import { firstFeatureRows } from "./first_features.ts";
import { openForward, seededPixels } from "./forward.ts";
import { halfRow } from "./half.ts";
import { profileForward } from "./layer_table.ts";
import {
  type BenchNet,
  defaultNets,
  openNet,
  pictureSize,
  usualNet,
} from "./nets.ts";
import type { Row } from "./results.ts";
import { arithmeticCeiling } from "./roofline.ts";
import {
  type BenchContext,
  sampleMilliseconds,
  type Section,
} from "./section.ts";
import { median } from "./statistics.ts";

/** Batches that are asked for; the adapter's limits may allow fewer. */
const batches = [1, 8, 16] as const;

/** What rows of forward passes are called. */
export function forwardName(net: string, batch: number): string {
  return `forward of ${net}, batch ${batch}`;
}

/** The batch of which a net computed most images a second, and its row; undefined where none was measured. */
export function bestForward(
  rows: readonly Row[],
  net: string,
): { batch: number; row: Row } | undefined {
  let best: { batch: number; row: Row } | undefined;
  for (const batch of batches) {
    const row = rows.find(({ section, name }) =>
      section === "model" && name === forwardName(net, batch)
    );
    if (!row || row.samples.length === 0) continue;
    const isBetter = !best || median(row.samples) > median(best.row.samples);
    if (isBetter) best = { batch, row };
  }
  return best;
}

/** Whole nets. */
export const modelSection: Section = {
  name: "model",
  isBesideCeiling: true,
  async run(context) {
    for (const name of context.nets ?? defaultNets) {
      const net = await openNet(name);
      context.terminal.note(`${net.name}, weights from ${net.weights}`);
      const batch = await addForwards(net, context);
      if (context.precision === "f16") {
        context.add(await halfRow(net, { batch }, context));
      }
      await profileForward(net, { batch }, context);
      if (net.name !== usualNet || !net.model) continue;
      for (const row of await firstFeatureRows(net.model, context)) {
        context.add(row);
      }
      context.add(await extractionRow(net.model, { batch }, context));
    }
  },
};

/** Adds a row for each batch, and gives the best of them. */
async function addForwards(
  net: BenchNet,
  context: BenchContext,
): Promise<number> {
  for (const batch of batches) {
    const { row, scratchBytes } = await forwardRow(net, batch, context);
    context.add(row);
    context.add({
      section: "model",
      name: `scratch memory of ${net.name}, batch ${batch}`,
      unit: "MB",
      samples: [scratchBytes / 1e6],
      warmUp: 0,
    });
  }
  const best = bestForward(context.rows, net.name);
  if (!best) throw new Error("There is no batch to measure");
  context.terminal.line(`${net.name} is fastest with a batch of ${best.batch}`);
  return best.batch;
}

async function forwardRow(
  { name, network }: BenchNet,
  wanted: number,
  { rounds, signal, rows }: BenchContext,
): Promise<{ row: Row; scratchBytes: number }> {
  const forward = await openForward(network, { batch: wanted });
  try {
    const { batch, plan: { program }, run } = forward;
    await forward.write(seededPixels(batch, pictureSize(network)));
    const times = await sampleMilliseconds(run, { rounds, signal });
    // Work is counted as that of direct convolutions.
    const direct = planBatch(network, { batch, tuning: plainTuning });
    const gflops = programFlops(direct.program) / median(times) / 1e6;
    const ceiling = arithmeticCeiling(rows);
    const row: Row = {
      section: "model",
      name: forwardName(name, wanted),
      unit: "images/s",
      samples: times.map((milliseconds) => batch * 1000 / milliseconds),
      warmUp: 1,
      details: {
        "batch that fits": batch,
        "GFLOP/s": gflops,
        "share of ceiling": ceiling === undefined ? null : gflops / ceiling,
        dispatches: program.steps.length,
      },
    };
    return { row, scratchBytes: scratchBytes(program) };
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
