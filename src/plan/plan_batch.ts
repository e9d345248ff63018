/**
 * A frozen graph for one picture as a program for a batch of them.
 *
 * @module
 */
import type { Precision } from "../../kernels/half.ts";
import type { Plan } from "../../kernels/program.ts";
import type { Tuning } from "../../kernels/tuning.ts";
import type { Graph } from "../graph/mod.ts";
import { liftBatch, optimise, type PassName } from "../passes/mod.ts";
import { planGraph } from "./plan.ts";

/** Names of a batch's buffers in its session. */
export interface BatchBuffers {
  /** The undecoded size makes the name: programs for larger pictures have buffers of their own. */
  readonly pixels: (bytes: number) => string;
  /** Where each picture begins in the pixels, and its size. */
  readonly table: string;
  /** What the rows and columns of each are made of, where they are resampled. */
  readonly windows: string;
  /** The graph's input. */
  readonly images: string;
  /** The graph's output, a row a picture. */
  readonly features: string;
}

/** The buffers' names of a program with that label. */
export function batchBuffers(label: string): BatchBuffers {
  return {
    pixels: (bytes) => `${label}: ${bytes} bytes of pixels`,
    table: `${label}: table of pictures`,
    windows: `${label}: windows of pictures`,
    images: `${label}: resized pictures`,
    features: `${label}: rows`,
  };
}

/** What a frozen network is, and how it is to be computed. */
export interface FrozenNetwork {
  /** For one picture. */
  readonly graph: Graph;
  /** How weights of convolutions and matrix products are stored [f32]. */
  readonly precision?: Precision;
  /** Passes to leave out, such as `foldBatchNorm` [none]. */
  readonly without?: readonly PassName[];
}

/** The program that turns a batch of resized pictures into features. */
export function planBatch(
  { graph: single, precision = "f32", without = [] }: FrozenNetwork,
  { batch, tuning, label = "features" }: {
    batch: number;
    /** Begins the names of its buffers in a session. */
    label?: string;
    /** The kernels' ways of computing. */
    tuning: Tuning;
  },
): Plan {
  const graph = optimise(liftBatch(single, batch), { without });
  const buffers = batchBuffers(label);
  return planGraph(graph, {
    label,
    tuning,
    precision,
    names: {
      [graph.inputs[0]]: buffers.images,
      [graph.outputs[0]]: buffers.features,
    },
  });
}
