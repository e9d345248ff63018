/**
 * Where the time of a forward pass goes: by kernels, and by dispatches.
 *
 * @module
 */
import { stepCost } from "../kernels/mod.ts";
import {
  formatCount,
  formatNumber,
  formatPercent,
  formatTable,
} from "../src/cli/format.ts";
import { openLocalSession } from "../src/gpu/local_session.ts";
import { planBatch, type Program, type Variant } from "../src/plan/mod.ts";
import {
  type LayerMethod,
  type LayerTimes,
  timeLayers,
} from "./layer_times.ts";
import type { BenchNet } from "./nets.ts";
import { arithmeticCeiling } from "./roofline.ts";
import type { BenchContext } from "./section.ts";
import { median } from "./statistics.ts";
import { benchTuning } from "./tuning.ts";

/** What one or many dispatches did, and how long it took. */
interface Work {
  readonly milliseconds: number;
  readonly flops: number;
  readonly bytes: number;
}

/** A dispatch. */
interface Layer extends Work {
  readonly label: string;
  readonly kernel: string;
  readonly variant: string;
}

/** All dispatches of a kernel. */
interface KernelSum extends Work {
  readonly kernel: string;
  readonly dispatches: number;
}

/** What shares are of. */
interface Wholes {
  /** Milliseconds of all dispatches. */
  readonly total: number;
  /** GFLOP/s of the adapter, where that was measured in this run. */
  readonly ceiling: number | undefined;
}

/** How many dispatches are shown where not all are asked for. */
const shown = 10;

const methodText: Readonly<Record<LayerMethod, string>> = {
  timestamps: "by the adapter's timestamps",
  repetition:
    "each repeated by itself: timestamps are missing or do not add up",
};

/**
 * Prints where a net's time goes, by kernels and by its slowest dispatches or all
 * of them, and adds their sum as a row, which holds what was printed.
 */
export async function profileForward(
  { name, network }: BenchNet,
  { batch }: { batch: number },
  { rounds, rows, signal, profile, terminal, add }: BenchContext,
): Promise<void> {
  const session = await openLocalSession();
  try {
    const tuning = await benchTuning(session.adapter);
    const plan = planBatch(network, { batch, tuning });
    const handle = await session.load(plan);
    const times = await timeLayers(session, handle, { rounds, signal });
    const layers = layersOf(plan.program, times);
    const sums = times.rounds.map((round) => sumOf(round));
    const wholes = {
      total: sumOf(layers.map(({ milliseconds }) => milliseconds)),
      ceiling: arithmeticCeiling(rows),
    };
    const kernels = kernelSums(layers);
    const told = profile ? layers : slowestFirst(layers).slice(0, shown);
    terminal.line(`${name}, a batch of ${batch}, ${methodText[times.method]}`);
    for (const line of kernelTable(kernels, wholes)) terminal.line(line);
    for (const line of layerTable(told, wholes)) terminal.line(line);
    const factsOf = ({ flops, bytes, ...work }: Layer | KernelSum) => ({
      ...work,
      ...reached({ flops, bytes, ...work }, wholes),
    });
    add({
      section: "model",
      name: `all dispatches of ${name} one by one, batch ${batch}`,
      unit: "ms",
      samples: sums,
      warmUp: 1,
      details: {
        method: times.method,
        "ms as a whole": median(times.wholes),
        "share of the whole": median(sums) / median(times.wholes),
        kernels: kernels.map(factsOf),
        layers: told.map(factsOf),
      },
    });
  } finally {
    await session.close();
  }
}

function layersOf({ steps }: Program, { rounds }: LayerTimes): Layer[] {
  return steps.map((step, index) => ({
    label: step.label,
    kernel: step.kernel,
    variant: variantText(step.variant),
    milliseconds: median(rounds.map((times) => times[index])),
    ...stepCost(step),
  }));
}

/** All dispatches of each kernel, the slowest kernel first. */
function kernelSums(layers: readonly Layer[]): KernelSum[] {
  const byKernel = [...Map.groupBy(layers, ({ kernel }) => kernel)];
  return slowestFirst(byKernel.map(([kernel, parts]) => ({
    kernel,
    dispatches: parts.length,
    milliseconds: sumOf(parts.map(({ milliseconds }) => milliseconds)),
    flops: sumOf(parts.map(({ flops }) => flops)),
    bytes: sumOf(parts.map(({ bytes }) => bytes)),
  })));
}

function slowestFirst<Each extends Work>(works: readonly Each[]): Each[] {
  return works.toSorted((a, b) => b.milliseconds - a.milliseconds);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** What work reached; null where it is unknown. */
function reached(
  { milliseconds, flops, bytes }: Work,
  { total, ceiling }: Wholes,
) {
  const rate = (work: number) =>
    milliseconds === 0 ? 0 : work / milliseconds / 1e6;
  const gflops = rate(flops);
  return {
    share: milliseconds / total,
    gflops,
    shareOfCeiling: ceiling === undefined ? null : gflops / ceiling,
    gigabytes: rate(bytes),
  };
}

const head = ["ms", "share", "GFLOP/s", "of ceiling", "GB/s"] as const;

function cells(work: Work, wholes: Wholes): string[] {
  const { share, gflops, shareOfCeiling, gigabytes } = reached(work, wholes);
  return [
    formatNumber(work.milliseconds),
    formatPercent(share),
    formatNumber(gflops),
    shareOfCeiling === null ? "unknown" : formatPercent(shareOfCeiling),
    formatNumber(gigabytes),
  ];
}

function kernelTable(sums: readonly KernelSum[], wholes: Wholes): string[] {
  return formatTable([
    [...head, "dispatches", "kernel"],
    ...sums.map((sum) => [
      ...cells(sum, wholes),
      formatCount(sum.dispatches),
      sum.kernel,
    ]),
  ], { right: [0, 1, 2, 3, 4, 5] });
}

function layerTable(layers: readonly Layer[], wholes: Wholes): string[] {
  return formatTable([
    [...head, "layer", "kernel", "variant"],
    ...layers.map((layer) => [
      ...cells(layer, wholes),
      layer.label,
      layer.kernel,
      layer.variant,
    ]),
  ], { right: [0, 1, 2, 3, 4] });
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
