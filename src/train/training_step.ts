/**
 * Graph -> Graph: one step of training a whole network, from the rows of a batch
 * to new weights.
 *
 * @module
 */
import { roundUp } from "../../kernels/kernel.ts";
import { optimizerMoments, scheduleWidth } from "../../kernels/optimizer.ts";
import {
  elementCount,
  type Graph,
  type Node,
  removeUnused,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import type { UpdateAttributes } from "../graph/ops/mod.ts";
import { concatInPlace } from "../passes/concat_in_place.ts";
import { fuseSlope } from "../passes/fuse_slope.ts";
import { GrowingGraph } from "../graph/growing_graph.ts";
import { trainingMode } from "./_training_mode.ts";
import { appendGradients } from "./gradient.ts";

/** What a training step is fed with, by the name of its tensor. */
export const stepInputs = {
  /** f32 or u8 `(dataRows, ...)`: images, each filled up to whole vec4s. */
  data: "training data",
  /** u32 `(steps, batch)`: the rows of each step. */
  batches: "training batches",
  /** u32 `(steps, batch)`: the class of each row of each step. */
  labels: "training labels",
  /** f32 `(steps, 4)` from `updateSchedule`. */
  schedule: "training schedule",
  /** u32 `(1)`: steps done since it was last written. */
  counter: "training counter",
  /** u32 `(1)`: steps done before that. */
  start: "training start",
} as const;

/** How each variable changes; `rateScale` and `decays` may differ from one to another. */
export interface StepUpdate
  extends Pick<UpdateAttributes, "rule" | "secondShare" | "penalty"> {
  /** Times the schedule's rate [1]. */
  rateScale?(variable: Tensor): number;
  /** Whether decay and penalty are for a variable [for all but biases and the like, of rank 1]. */
  decays?(variable: Tensor): boolean;
}

/** The loss of logits `(batch, classes)`, or `(batch, 1)` for `sigmoid`. */
export interface Loss {
  /** Which classes exclude each other: all of many, or 0 and 1. */
  readonly kind: "softmax" | "sigmoid";
  /** Share of the truth that is spread evenly over all classes [0]. */
  readonly labelSmoothing?: number;
  /** A factor for the rows of each class [1]. */
  readonly classWeights?: readonly number[];
}

/** How gradients are clipped: each value, or all together by their norm. */
export interface Clip {
  /** By what. */
  readonly by: "value" | "norm";
  /** The greatest absolute value, or the greatest norm; above 0. */
  readonly limit: number;
  /** Added to a norm that divides, as PyTorch has it [0]. */
  readonly guard?: number;
}

/** What {@linkcode buildTrainingStep} needs beside the network. */
export interface TrainingStepOptions {
  /** The tensor `(batch, classes)` that the loss reads. */
  readonly logits: string;
  /** Names of the variables to train, from `trainableOf`; others stay as they are. */
  readonly variables: readonly string[];
  /** What is made small. */
  readonly loss: Loss;
  /** How gradients are clipped first [not at all]. */
  readonly clip?: Clip | undefined;
  /** The optimizer. */
  readonly update: StepUpdate;
  /** Rows of data on the GPU at a time. */
  readonly dataRows: number;
  /** Whether these are bytes [f32]. */
  readonly isBytes?: boolean;
  /** Decides what dropout drops, in [0, 2^32) [0]. */
  readonly seed?: number;
  /** Steps whose rows, rates and losses have room: the most that run in one go. */
  readonly steps: number;
  /** Whether gradients are outputs too, to be looked at [false]. */
  readonly keepGradients?: boolean;
}

/** A training step. Run it `n` times for `n` steps: what differs is read at the counter. */
export interface TrainingStep {
  /** Inputs are {@linkcode stepInputs}. */
  readonly graph: Graph;
  /** f32 `(steps, 2)`: the name of the tensor with each step's mean loss and number of right rows. */
  readonly progress: string;
  /** By variable, the name of its gradient. */
  readonly gradients: ReadonlyMap<string, string>;
  /** What is trained, and what its optimizer remembers. */
  readonly states: readonly Tensor[];
}

/** The name of a variable's moment, itself a variable. */
export function momentName(variable: string, moment: string): string {
  return `${variable} (${moment})`;
}

/**
 * Makes a training step of a network from images `(batch, ...)` to logits. The
 * network has been through its passes but for the one that joins tensors in
 * place: what is looked at again on the way back cannot be a part of another.
 *
 * @throws {InputError} if an op on the way has no gradient, or a variable does
 * not lead to the logits.
 */
export function buildTrainingStep(
  network: Graph,
  options: TrainingStepOptions,
): TrainingStep {
  const { logits, variables, seed = 0 } = options;
  const forward = removeUnused({ ...network, outputs: [logits] });
  const mode = trainingMode(withBatches(forward, options), {
    ...stepInputs,
    seed,
    trained: new Set(variables),
  });
  const growing = new GrowingGraph(mode.graph);
  const [slope, progress, advanced] = appendLoss(growing, options);
  const { graph, gradients } = appendGradients(growing.finish(), {
    seeds: new Map([[logits, slope]]),
    variables,
  });
  const updated = appendUpdates(graph, gradients, options);
  const outputs = [
    progress,
    advanced,
    ...mode.updated,
    ...updated.outputs,
    ...options.keepGradients ? gradients.values() : [],
  ];
  return {
    graph: concatInPlace(fuseSlope({ ...updated.graph, outputs })),
    progress,
    gradients,
    states: [
      ...updated.states,
      ...mode.updated.map((name) =>
        tensorOf(mode.graph, tensorOf(mode.graph, name).updates ?? name)
      ),
    ],
  };
}

function appendLoss(
  growing: GrowingGraph,
  { logits, loss }: TrainingStepOptions,
): readonly string[] {
  const { labels, counter } = stepInputs;
  const [, columns] = growing.tensor(logits).shape;
  const classes = loss.kind === "sigmoid" ? 2 : columns;
  return growing.append({
    op: `${loss.kind}_cross_entropy`,
    inputs: [logits, labels, counter],
    attributes: {
      smoothing: loss.labelSmoothing ?? 0,
      classWeights: loss.classWeights ?? Array<number>(classes).fill(1),
    },
  }, { name: "loss", updates: [undefined, undefined, counter] });
}

/** Clipped gradients by those they replace, each in the same buffer. */
function appendClips(
  growing: GrowingGraph,
  gradients: Iterable<string>,
  clip: Clip | undefined,
): ReadonlyMap<string, string> {
  if (!clip) return new Map();
  const { by, limit, guard = 0 } = clip;
  const unique = [...new Set(gradients)];
  const norm = by === "value" ? [] : growing.append({
    op: "global_norm",
    inputs: unique,
    attributes: { limit, guard },
  }, { name: "norm of the gradients" });
  return new Map(unique.map((gradient) => {
    const [clipped] = growing.append({
      op: "clip_gradient",
      inputs: [gradient, ...norm],
      attributes: { limit },
    }, { name: `${gradient} (clipped)`, updates: [gradient] });
    return [gradient, clipped];
  }));
}

/** The network with its input gathered from the data. */
function withBatches(
  network: Graph,
  { dataRows, isBytes = false, steps }: TrainingStepOptions,
): Graph {
  const [images] = network.inputs;
  const [batch, ...rest] = tensorOf(network, images).shape;
  const { data, batches, labels, schedule, counter, start } = stepInputs;
  const tensors = new Map(network.tensors);
  const input = (
    name: string,
    shape: Shape,
    dtype: Tensor["dtype"] = "i32",
  ) => tensors.set(name, { name, shape, dtype });
  const rowLength = elementCount(rest);
  const dataShape = roundUp(rowLength, 4) === rowLength
    ? [dataRows, ...rest]
    : [dataRows, roundUp(rowLength, 4)];
  input(data, dataShape, isBytes ? "u8" : "f32");
  input(batches, [steps, batch]);
  input(labels, [steps, batch]);
  input(schedule, [steps, scheduleWidth], "f32");
  input(counter, [1]);
  input(start, [1]);
  const gather: Node = {
    op: "gather",
    name: "batch",
    inputs: [data, batches, counter],
    outputs: [images],
    attributes: { bytes: isBytes },
  };
  return {
    ...network,
    tensors,
    nodes: [gather, ...network.nodes],
    inputs: Object.values(stepInputs),
  };
}

/** An update of each variable, after all that reads it. */
function appendUpdates(
  graph: Graph,
  gradients: ReadonlyMap<string, string>,
  { update, clip }: TrainingStepOptions,
): { graph: Graph; outputs: string[]; states: Tensor[] } {
  const growing = new GrowingGraph(graph);
  const { schedule, counter } = stepInputs;
  const { rule, secondShare, penalty, rateScale, decays } = update;
  const states: Tensor[] = [];
  const outputs: string[] = [];
  const clipped = appendClips(growing, gradients.values(), clip);
  for (const [name, gradient] of gradients) {
    const variable = growing.tensor(name);
    const moments = optimizerMoments[rule].map((moment): Tensor => ({
      name: momentName(name, moment),
      shape: variable.shape,
      dtype: "f32",
      variable: { read: () => new Float32Array(elementCount(variable.shape)) },
    }));
    const momentNames = moments.map((moment) => growing.add(moment));
    outputs.push(...growing.append({
      op: "update",
      inputs: [
        name,
        clipped.get(gradient) ?? gradient,
        schedule,
        counter,
        ...momentNames,
      ],
      attributes: {
        rule,
        secondShare,
        penalty,
        decays: decays?.(variable) ?? variable.shape.length > 1,
        rateScale: rateScale?.(variable) ?? 1,
      },
    }, { name: `update of ${name}`, updates: [name, ...momentNames] }));
    states.push(variable, ...moments);
  }
  return { graph: growing.finish(...outputs), outputs, states };
}
