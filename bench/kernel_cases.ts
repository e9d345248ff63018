/**
 * The dispatches that are measured: of what real networks run, the heaviest of
 * each kind, each once.
 *
 * @module
 */
import type { KernelCall } from "../kernels/kernel.ts";
import { kernels, stepCost } from "../kernels/mod.ts";
import type { Step, Tuning } from "../src/plan/mod.ts";
import {
  forwardPrograms,
  type MeasuredProgram,
  otherPrograms,
  trainingPrograms,
} from "./kernel_programs.ts";

/** A dispatch, and where it is used. */
export interface KernelCase {
  /** Unique among the cases. */
  readonly name: string;
  /** What is dispatched; its buffers are numbered in the program it is from. */
  readonly step: Step;
  /** Bytes of its reads, then of its writes. */
  readonly bufferBytes: readonly number[];
  /** How often each network runs it, by the network's name. */
  readonly uses: ReadonlyMap<string, number>;
  /** What it reads, where that cannot be any numbers. */
  readonly data?: KernelCall;
}

/**
 * All cases: of each network and each kind of dispatch the heaviest, and from
 * other programs what no network uses.
 */
export function kernelCases(tuning: Tuning): readonly KernelCase[] {
  const cases = new Map<string, KernelCase>();
  const collect = (
    { network, program, data }: MeasuredProgram,
    isWanted: (kernel: string) => boolean = () => true,
  ) => {
    const wanted = program.steps.filter(({ kernel }) => isWanted(kernel));
    const counts = countOf(wanted.map(caseName));
    for (const step of heaviestOfKinds(wanted)) {
      const name = caseName(step);
      const known = cases.get(name);
      const uses = new Map(known?.uses).set(network, counts.get(name) ?? 1);
      const bufferBytes = [...step.reads, ...step.writes].map((index) =>
        program.buffers[index].bytes
      );
      const fresh = { name, step, bufferBytes, ...data && { data } };
      cases.set(name, { ...known ?? fresh, uses });
    }
  };
  for (const program of forwardPrograms(tuning)) collect(program);
  for (const program of trainingPrograms(tuning)) collect(program);
  for (const program of otherPrograms(tuning)) {
    const used = usedKernels([...cases.values()]);
    collect(program, (kernel) => !used.has(kernel));
  }
  return [...cases.values()];
}

function usedKernels(cases: readonly KernelCase[]): ReadonlySet<string> {
  return new Set(cases.map(({ step }) => step.kernel));
}

/** Kernels that no case uses; they are measured on their own example. */
export function unusedKernels(cases: readonly KernelCase[]): string[] {
  const used = usedKernels(cases);
  return [...kernels.keys()].filter((name) => !used.has(name));
}

function countOf(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Of each kind of dispatch the one with most work. */
function heaviestOfKinds(steps: readonly Step[]): Step[] {
  const work = (step: Step) => {
    const { flops, bytes } = stepCost(step);
    return flops + bytes;
  };
  const kinds = Map.groupBy(steps, kindOf);
  return [...kinds.values()].map((group) =>
    group.reduce((most, step) => work(step) > work(most) ? step : most)
  );
}

/** Dispatches of a kind have one text but for the way, and speeds that are alike. */
function kindOf({ kernel, params, variant }: Step): string {
  const { windowHeight, windowWidth, strideHeight, strideWidth } = params;
  const { inChannels = Infinity } = params;
  const of = [variant.function, variant.kind, variant.rule, variant.by];
  return [
    kernel,
    ...[windowHeight, windowWidth, strideHeight, strideWidth],
    // A few channels can only be loaded one by one.
    inChannels <= 4 ? "of pixels" : "",
    ...of,
  ].join(" ");
}

/** Parameters and options that say what is computed, not how. */
const telling =
  /^(size|d[0-3]|batch|rows|columns|channels|classes|depth|count|images|inHeight|inWidth|outHeight|outWidth|channelVectors|windowHeight|windowWidth|outer|reduce|inner|vectors|multiplier|groups|activation|function|kind|rule|broadcast)$/;

/**
 * What is computed, in words that stay when the way changes: where the result
 * goes, tiles and the like are left out, so that runs can be compared.
 */
export function caseName({ kernel, params, variant }: Step): string {
  const { inHeight, inWidth, windowHeight, windowWidth } = params;
  if (kernel === "pad") {
    const size = (side: "in" | "out") =>
      ["Batch", "Height", "Width", "Channels"]
        .map((axis) => params[`${side}${axis}`]).join("x");
    return `${kernel} ${size("in")} to ${size("out")}`;
  }
  if (inHeight === undefined || windowHeight === undefined) {
    return `${kernel} ${told({ ...params, ...variant }).join(", ")}`;
  }
  const { outHeight, outWidth, strideHeight, strideWidth } = params;
  // Where groups are a variant, channels are those of one of them.
  const each = variant.hasGroups ? params.parts : 1;
  const inChannels = each * (params.inChannels ?? params.channels);
  const outChannels = params.outChannels === undefined
    ? inChannels
    : each * params.outChannels;
  const groups = params.groups ?? each;
  const images = params.batch ?? params.rows / (outHeight * outWidth);
  const times = variant.hasParts ? `${params.parts} times ` : "";
  const stride = strideHeight === strideWidth
    ? strideHeight
    : `${strideHeight}x${strideWidth}`;
  return [
    `${kernel} ${times}${images} of ${inHeight}x${inWidth}x${inChannels} to ${outHeight}x${outWidth}x${outChannels}`,
    `window ${windowHeight}x${windowWidth}`,
    `stride ${stride}`,
    ...told({ ...groups > 1 && { groups } }),
    // Numbers of a variant are how, not what.
    ...told(variant).filter((word) => !/ \d+$/.test(word)),
  ].join(", ");
}

function told(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values)
    .filter(([name]) => telling.test(name))
    .map(([name, value]) =>
      typeof value === "string" ? value : `${name} ${value}`
    );
}
