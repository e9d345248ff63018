/**
 * The dispatches that real networks are made of, each once.
 *
 * @module
 */
import { kernels, stepCost } from "../kernels/mod.ts";
import type { Graph } from "../src/graph/ir.ts";
import { liftBatch, optimise, type PassName } from "../src/passes/mod.ts";
import {
  planGraph,
  type Program,
  type Step,
  type Tuning,
} from "../src/plan/mod.ts";
import {
  denseNetwork,
  denseOf,
  planDenseStep,
} from "../src/train/dense_step.ts";
import { inceptionV3, mobilenetV1, resnet50, resnext50 } from "./networks.ts";
import { convnextT, vitB } from "./transformers.ts";

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
}

/** Pictures of the batch that is timed. */
export const benchBatch = 8;

/** The head that is trained: features, classes, batch, rows, steps in one go. */
export const benchHead = {
  features: 2048,
  classes: 5,
  batch: 64,
  dataRows: 1024,
  steps: 100,
} as const;

/** Networks by name, as they run by default. */
const networks: Readonly<Record<string, () => Graph>> = {
  "inception-v3": inceptionV3,
  "mobilenet-v1": mobilenetV1,
  "resnet-50": resnet50,
  "resnext-50": resnext50,
  "vit-b/16": vitB,
  "convnext-t": convnextT,
};

/** What runs only on request: here for the kernels that nothing else uses. */
const unoptimised: readonly PassName[] = [
  "foldBatchNorm",
  "fuseActivation",
  "concatInPlace",
];

/** All cases on a batch of {@linkcode benchBatch}: forward kernels, then the head's. */
export function kernelCases(chosen: Tuning): readonly KernelCase[] {
  // Winograd's convolution is another algorithm: what it replaces is measured.
  const tuning: Tuning = { ...chosen, winograd: {} };
  const cases = new Map<string, KernelCase & { uses: Map<string, number> }>();
  const collect = (
    program: Program,
    use: { network: string; only?: (step: Step) => boolean },
  ) => {
    for (const step of program.steps) {
      if (use.only && !use.only(step)) continue;
      const name = caseName(step);
      const known = cases.get(name);
      const uses = known?.uses ?? new Map<string, number>();
      uses.set(use.network, (uses.get(use.network) ?? 0) + 1);
      const bufferBytes = [...step.reads, ...step.writes].map((index) =>
        program.buffers[index].bytes
      );
      cases.set(name, known ?? { name, step, bufferBytes, uses });
    }
  };
  for (const [network, build] of Object.entries(networks)) {
    collect(planNetwork(build(), { tuning }), { network });
  }
  const used = new Set([...cases.values()].map(({ step }) => step.kernel));
  const plain = planNetwork(inceptionV3(), { tuning, without: unoptimised });
  const heaviest = heaviestSteps(plain, (kernel) => !used.has(kernel));
  collect(plain, {
    network: "inception-v3 without passes",
    only: (step) => heaviest.has(caseName(step)),
  });
  for (const optimizer of ["sgd", "momentum", "adamw"] as const) {
    const { texels } = tuning;
    const dense = denseOf(denseNetwork(benchHead));
    if (!dense) throw new Error("A dense layer is one");
    const { plan } = planDenseStep(dense, { ...benchHead, optimizer, texels });
    collect(plan.program, { network: `head, ${optimizer}` });
  }
  return [...cases.values()];
}

/** Names of the few cases of each wanted kernel that move most. */
function heaviestSteps(
  program: Program,
  isWanted: (kernel: string) => boolean,
): ReadonlySet<string> {
  const few = 3;
  const names = new Set<string>();
  const bytesOf = (step: Step) => stepCost(step).bytes;
  const groups = Map.groupBy(program.steps, ({ kernel }) => kernel);
  for (const [kernel, steps] of groups) {
    if (!isWanted(kernel)) continue;
    const sorted = steps.toSorted((a, b) => bytesOf(b) - bytesOf(a));
    const unique = new Set(sorted.map(caseName));
    for (const name of [...unique].slice(0, few)) names.add(name);
  }
  return names;
}

/** Kernels that no case uses; they are measured on their own example. */
export function unusedKernels(cases: readonly KernelCase[]): string[] {
  const used = new Set(cases.map(({ step }) => step.kernel));
  return [...kernels.keys()].filter((name) => !used.has(name));
}

function planNetwork(
  graph: Graph,
  { tuning, without = [] }: {
    tuning: Tuning;
    without?: readonly PassName[];
  },
): Program {
  const lifted = optimise(liftBatch(graph, benchBatch), { without });
  return planGraph(lifted, { label: "shapes", tuning }).program;
}

/** Parameters and options that say what is computed, not how. */
const telling =
  /^(size|d[0-3]|batch|rows|columns|channels|classes|depth|outer|reduce|inner|vectors|multiplier|groups|activation|function|kind|rule|broadcast)$/;

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
    return `${kernel} ${told({ ...params, ...variant })}`;
  }
  // Rows and columns of a tile are how, not what.
  const { rows: _, columns: __, ...what } = variant;
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
  return `${kernel} ${times}${images} of ${inHeight}x${inWidth}x${inChannels} to ${outHeight}x${outWidth}x${outChannels}, window ${windowHeight}x${windowWidth}, stride ${stride}, ${
    told({ ...groups > 1 && { groups }, ...what })
  }`;
}

function told(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .filter(([name]) => telling.test(name))
    .map(([name, value]) =>
      typeof value === "string" ? value : `${name} ${value}`
    ).join(", ");
}
