/**
 * A head's training step as a program: forward, loss and update in two dispatches,
 * or in three where there are many classes.
 *
 * @module
 */
import { dense, denseSizes } from "../../kernels/dense.ts";
import {
  denseLoss,
  lossParts,
  maxDenseLossClasses,
} from "../../kernels/dense_loss.ts";
import { denseUpdate } from "../../kernels/dense_update.ts";
import { dispatch } from "../../kernels/kernel.ts";
import { optimizerMoments, scheduleWidth } from "../../kernels/optimizer.ts";
import { softmaxCrossEntropy } from "../../kernels/softmax_cross_entropy.ts";
import type {
  BufferSpec,
  NamedBufferSpec,
  Plan,
  Step,
} from "../../kernels/program.ts";
import { wholeVectors } from "./feature_rows.ts";
import {
  haveTexels,
  type HeadShape,
  packedSize,
  parameterBuffer,
  ruleOf,
} from "./head.ts";
import type { OptimizerName } from "./recipes.ts";
import { adamConstants } from "./schedule.ts";

/** Sizes of a training program. */
export interface TrainingShape extends HeadShape {
  /** Rows of a step. */
  readonly batch: number;
  /** Rows of data on the GPU at a time. */
  readonly dataRows: number;
  /** Steps whose rows, rates and losses have room: the most that run in one go. */
  readonly steps: number;
}

/** Names and bytes of what a training program reads and writes. */
export interface TrainingBuffers {
  /** f32 `(dataRows, depth)`. */
  readonly data: NamedBufferSpec;
  /** u32 `(steps, batch)`: the class of each row of each step. */
  readonly labels: NamedBufferSpec;
  /** f32 from {@linkcode packPlaces}: the rows of each step. */
  readonly places: NamedBufferSpec;
  /** f32 `(steps, 4)`: rate, decay, share and epsilon. */
  readonly schedule: NamedBufferSpec;
  /** f32 `(steps, parts, 2)`: shares of the loss and of the number of right rows; parts as {@linkcode progressParts} has it. */
  readonly progress: NamedBufferSpec;
  /** u32 `(2)`: steps done since it was last written, and the one that runs. */
  readonly counter: NamedBufferSpec;
}

/** The buffers of a training program; sizes are part of the names, so that one session can train heads of many shapes. */
export function trainingBuffers(shape: TrainingShape): TrainingBuffers {
  const { features, batch, dataRows, steps } = shape;
  const named = (name: string, values: number): NamedBufferSpec => ({
    name: `training ${name} ${values}`,
    bytes: values * 4,
  });
  return {
    data: named("data", dataRows * wholeVectors(features)),
    labels: named("labels", steps * batch),
    places: named("places", steps * wholeVectors(batch)),
    schedule: named("schedule", steps * scheduleWidth),
    progress: named("progress", steps * progressParts(shape) * 2),
    counter: named("counter", 2),
  };
}

/** How many shares of a step's loss there are, to be added up. */
export function progressParts(
  { classes, batch }: Pick<TrainingShape, "classes" | "batch">,
): number {
  return isFused(classes) ? lossParts(batch) : 1;
}

/** Whether a workgroup has all logits of its rows. */
function isFused(classes: number): boolean {
  return classes <= maxDenseLossClasses;
}

/**
 * One training step. Run it `n` times for `n` steps: what differs from step to
 * step is read at the counter, which the last of them advances. With `texels`, what is
 * read most is read as texels, as software adapters want it.
 */
export function trainingPlan(
  shape: TrainingShape,
  { optimizer, texels = false }: { optimizer: OptimizerName; texels?: boolean },
): Plan {
  const { features, classes, batch, dataRows } = shape;
  const depth = wholeVectors(features);
  const columns = wholeVectors(classes);
  const size = packedSize(shape);
  const rule = ruleOf(optimizer);
  const buffers: BufferSpec[] = [];
  const add = (spec: BufferSpec): number => buffers.push(spec) - 1;
  const kept = (moment?: string): number =>
    add({ name: parameterBuffer(shape, moment), bytes: size * 4 });

  const named = trainingBuffers(shape);
  const data = add(named.data);
  const labels = add(named.labels);
  const places = add(named.places);
  const schedule = add(named.schedule);
  const progress = add(named.progress);
  const counter = add(named.counter);
  const parameters = kept();
  const moments = optimizerMoments[rule].map(kept);
  const slopes = add({ bytes: batch * columns * 4 });
  const params = denseSizes({ rows: batch, depth, columns });
  const asTexels = { texels: texels && haveTexels(shape, dataRows) };
  const constants = new Map<string, () => Float32Array>();
  const forward = (): Step[] => {
    if (isFused(classes)) {
      return [dispatch(denseLoss, {
        params: { ...params, classes, smoothing: 0 },
        variant: asTexels,
        reads: [data, parameters, places, labels],
        writes: [slopes, progress, counter],
        label: "loss",
      })];
    }
    const logits = add({ bytes: batch * columns * 4 });
    const name = `equal weights of ${classes} classes`;
    constants.set(name, () => new Float32Array(classes).fill(1));
    const weights = add({ name, bytes: classes * 4 });
    return [
      dispatch(dense, {
        params,
        variant: { source: "listed", ...asTexels },
        reads: [data, parameters, places, counter],
        writes: [logits],
        label: "logits",
      }),
      dispatch(softmaxCrossEntropy, {
        params: { rows: batch, columns, classes, smoothing: 0 },
        variant: asTexels,
        reads: [logits, labels, weights],
        writes: [slopes, progress, counter],
        label: "loss",
      }),
    ];
  };
  const update = dispatch(denseUpdate, {
    params: { ...params, secondShare: 1 - adamConstants.beta2 },
    variant: { rule, advances: isFused(classes), ...asTexels },
    reads: [data, slopes, places, schedule],
    writes: [
      counter,
      parameters,
      ...moments,
      ...asTexels.texels ? [parameters] : [],
    ],
    label: "update",
  });
  const steps = [...forward(), update];
  const program = { label: "training step", steps, buffers };
  return { program, constants };
}
