/**
 * Where the time of a forward pass goes, a line for each dispatch.
 *
 * @module
 */
import { kernelNamed } from "../kernels/mod.ts";
import { formatNumber, formatPercent, formatTable } from "../src/cli/format.ts";
import { type FeatureModel, planFeatures } from "../src/features/mod.ts";
import { openLocalSession } from "../src/gpu/local_session.ts";
import { profileProgram } from "../src/gpu/profile.ts";
import type { BenchContext } from "./section.ts";
import { benchTuning } from "./tuning.ts";
import { median } from "./statistics.ts";

/** Prints a table of the dispatches and adds their sum as a row, which holds them all. */
export async function profileForward(
  model: FeatureModel,
  batch: number,
  { rounds, signal, terminal, add }: BenchContext,
): Promise<void> {
  const session = await openLocalSession();
  try {
    const plan = planFeatures(model, {
      batch,
      tuning: await benchTuning(session.adapter),
    });
    const handle = await session.load(plan);
    const runs: number[][] = [];
    for (let round = -1; round < rounds; round++) {
      signal.throwIfAborted();
      const times = await profileProgram(session, handle);
      if (round >= 0) runs.push(times);
    }
    const layers = plan.program.steps.map((step, index) => {
      const milliseconds = median(runs.map((times) => times[index]));
      const { flops } = kernelNamed(step.kernel)
        .cost(step.params, step.variant);
      return {
        label: step.label,
        kernel: step.kernel,
        milliseconds,
        gflops: flops / milliseconds / 1e6,
      };
    });
    const sums = runs.map((times) =>
      times.reduce((sum, time) => sum + time, 0)
    );
    const total = median(sums);
    const table = formatTable([
      ["ms", "share", "GFLOP/s", "kernel", "layer"],
      ...layers.map(({ label, kernel, milliseconds, gflops }) => [
        formatNumber(milliseconds),
        formatPercent(milliseconds / total),
        formatNumber(gflops),
        kernel,
        label,
      ]),
    ], { right: [0, 1, 2] });
    for (const line of table) terminal.line(line);
    add({
      section: "model",
      name: `all dispatches by the GPU's clock, batch ${batch}`,
      unit: "ms",
      samples: sums,
      warmUp: 1,
      details: { layers },
    });
  } finally {
    await session.close();
  }
}
