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

/** Names of rows that other parts look up. */
export const forwardNames = {
  of: (net: string, batch: number) => `forward of ${net}, batch ${batch}`,
  best: (net: string) => `forward of ${net}, best batch`,
} as const;

/** The batch of which a net computed most images a second; undefined where none was measured. */
export function bestBatch(
  rows: readonly Row[],
  net: string,
): number | undefined {
  const row = rows.find(({ section, name }) =>
    section === "model" && name === forwardNames.best(net)
  );
  const batch = row?.details?.batch;
  return typeof batch === "number" ? batch : undefined;
}

/** Whole nets. */
export const modelSection: Section = {
  name: "model",
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

/** Adds a row for each batch, and one for the best of them, which is given. */
async function addForwards(
  net: BenchNet,
  context: BenchContext,
): Promise<number> {
  let best: { batch: number; row: Row } | undefined;
  for (const wanted of batches) {
    const { row, batch, scratchBytes } = await forwardRow(net, wanted, context);
    context.add(row);
    context.add({
      section: "model",
      name: `scratch memory of ${net.name}, batch ${wanted}`,
      unit: "MB",
      samples: [scratchBytes / 1e6],
      warmUp: 0,
    });
    const isBetter = !best || median(row.samples) > median(best.row.samples);
    if (isBetter) best = { batch, row };
  }
  if (!best) throw new Error("There is no batch to measure");
  const { batch, row: { samples, warmUp, unit, section } } = best;
  context.add({
    ...{ section, unit, samples, warmUp },
    name: forwardNames.best(net.name),
    details: { batch },
  });
  return batch;
}

async function forwardRow(
  { name, network }: BenchNet,
  wanted: number,
  { rounds, signal, rows }: BenchContext,
): Promise<{ row: Row; batch: number; scratchBytes: number }> {
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
      name: forwardNames.of(name, wanted),
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
    return { row, batch, scratchBytes: scratchBytes(program) };
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
