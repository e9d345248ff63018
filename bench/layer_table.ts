/**
 * Where the time of a forward pass goes, a line for each dispatch.
 *
 * @module
 */
import { kernelNamed } from "../kernels/mod.ts";
import { formatNumber, formatPercent, formatTable } from "../src/cli/format.ts";
import type { FeatureModel } from "../src/features/mod.ts";
import { planBatch, type Program, type Variant } from "../src/plan/mod.ts";
import { openLocalSession } from "../src/gpu/local_session.ts";
import {
  type LayerMethod,
  type LayerTimes,
  timeLayers,
} from "./layer_times.ts";
import { arithmeticCeiling } from "./roofline.ts";
import type { BenchContext } from "./section.ts";
import { median } from "./statistics.ts";
import { benchTuning } from "./tuning.ts";

/** A dispatch and what it reached. */
interface Layer {
  readonly label: string;
  readonly kernel: string;
  readonly variant: string;
  readonly milliseconds: number;
  /** Of the sum of all dispatches. */
  readonly share: number;
  readonly gflops: number;
  /** Of the adapter's ceiling; null where that was not measured in this run. */
  readonly shareOfCeiling: number | null;
}

const methodText: Readonly<Record<LayerMethod, string>> = {
  timestamps: "by the adapter's timestamps",
  repetition:
    "each repeated by itself: timestamps are missing or do not add up",
};

/** Prints a table of the dispatches and adds their sum as a row, which holds them all. */
export async function profileForward(
  model: FeatureModel,
  batch: number,
  { rounds, rows, signal, terminal, add }: BenchContext,
): Promise<void> {
  const session = await openLocalSession();
  try {
    const tuning = await benchTuning(session.adapter);
    const plan = planBatch(model, { batch, tuning });
    const handle = await session.load(plan);
    const times = await timeLayers(session, handle, { rounds, signal });
    const layers = layersOf(plan.program, times, arithmeticCeiling(rows));
    const sums = times.rounds.map((round) =>
      round.reduce((sum, time) => sum + time, 0)
    );
    terminal.line(
      `every dispatch of a batch of ${batch}, ${methodText[times.method]}`,
    );
    for (const line of tableOf(layers)) terminal.line(line);
    add({
      section: "model",
      name: `all dispatches one by one, batch ${batch}`,
      unit: "ms",
      samples: sums,
      warmUp: 1,
      details: {
        method: times.method,
        "ms as a whole": median(times.wholes),
        "share of the whole": median(sums) / median(times.wholes),
        layers: layers.map((layer) => ({ ...layer })),
      },
    });
  } finally {
    await session.close();
  }
}

function layersOf(
  { steps }: Program,
  { rounds }: LayerTimes,
  ceiling: number | undefined,
): Layer[] {
  const medians = steps.map((_, index) =>
    median(rounds.map((times) => times[index]))
  );
  const total = medians.reduce((sum, time) => sum + time, 0);
  return steps.map(({ label, kernel, params, variant }, index) => {
    const milliseconds = medians[index];
    const { flops } = kernelNamed(kernel).cost(params, variant);
    const gflops = milliseconds === 0 ? 0 : flops / milliseconds / 1e6;
    return {
      label,
      kernel,
      variant: variantText(variant),
      milliseconds,
      share: milliseconds / total,
      gflops,
      shareOfCeiling: ceiling === undefined ? null : gflops / ceiling,
    };
  });
}

/** Values in the kernel's order, such as `registers texels 16 relu`; what is false is left out. */
function variantText(variant: Variant): string {
  return Object.entries(variant)
    .filter(([, value]) => value !== false)
    .map(([name, value]) =>
      typeof value === "string"
        ? value
        : value === true
        ? name
        : `${name} ${value}`
    )
    .join(", ");
}

function tableOf(layers: readonly Layer[]): string[] {
  return formatTable([
    ["ms", "share", "GFLOP/s", "of ceiling", "layer", "kernel", "variant"],
    ...layers.map((layer) => [
      formatNumber(layer.milliseconds),
      formatPercent(layer.share),
      formatNumber(layer.gflops),
      layer.shareOfCeiling === null
        ? "unknown"
        : formatPercent(layer.shareOfCeiling),
      layer.label,
      layer.kernel,
      layer.variant,
    ]),
  ], { right: [0, 1, 2, 3] });
}
