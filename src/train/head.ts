/**
 * The head: one dense layer and softmax, as parameters and as programs.
 *
 * @module
 */
import { dense, denseParams } from "../../kernels/dense.ts";
import { denseUpdate } from "../../kernels/dense_update.ts";
import { dispatch } from "../../kernels/kernel.ts";
import {
  optimizerMoments,
  scheduleWidth,
  type UpdateRule,
} from "../../kernels/optimizer.ts";
import { softmaxCrossEntropy } from "../../kernels/softmax_cross_entropy.ts";
import { fitTexels } from "../../kernels/texels.ts";
import type { BufferSpec, NamedBufferSpec, Plan } from "../plan/program.ts";
import { wholeVectors } from "./feature_rows.ts";
import type { OptimizerName } from "./recipes.ts";
import { adamConstants } from "./schedule.ts";

/** Sizes of a head. */
export interface HeadShape {
  /** Values of a row of features. */
  readonly features: number;
  /** Number of classes. */
  readonly classes: number;
}

/** Weights `(features, classes)`, row-major, and bias `(classes)`; or their moments. */
export interface HeadParameters {
  /** `(features, classes)`, row-major. */
  readonly weights: Float32Array;
  /** `(classes)`. */
  readonly bias: Float32Array;
}

/** A trained head and what its rows have to look like. */
export interface Head extends HeadShape, HeadParameters {
  /** Whether rows are divided by their root mean square first. */
  readonly scaleRows: boolean;
}

/** Parameters that are all zero. */
export function zeroParameters(
  { features, classes }: HeadShape,
): HeadParameters {
  return {
    weights: new Float32Array(features * classes),
    bias: new Float32Array(classes),
  };
}

/** Number of parameters on the GPU: both sizes grow to whole vec4s by zeros that stay zeros. */
export function packedSize({ features, classes }: HeadShape): number {
  return (wholeVectors(features) + 1) * wholeVectors(classes);
}

/** Parameters as the kernels want them: `(depth + 1, columns)`, the bias last. */
export function packParameters(
  shape: HeadShape,
  { weights, bias }: HeadParameters,
): Float32Array<ArrayBuffer> {
  const { features, classes } = shape;
  const columns = wholeVectors(classes);
  const packed = new Float32Array(packedSize(shape));
  for (let k = 0; k < features; k++) {
    const row = weights.subarray(k * classes, (k + 1) * classes);
    packed.set(row, k * columns);
  }
  packed.set(bias, wholeVectors(features) * columns);
  return packed;
}

/** What {@linkcode packParameters} packed. */
export function unpackParameters(
  shape: HeadShape,
  packed: Float32Array,
): HeadParameters {
  const { features, classes } = shape;
  const columns = wholeVectors(classes);
  const parameters = zeroParameters(shape);
  for (let k = 0; k < features; k++) {
    const row = packed.subarray(k * columns, k * columns + classes);
    parameters.weights.set(row, k * classes);
  }
  const start = wholeVectors(features) * columns;
  parameters.bias.set(packed.subarray(start, start + classes));
  return parameters;
}

/** The kernel's rule of an optimizer. */
export function ruleOf(name: OptimizerName): UpdateRule {
  return name === "adamw" ? "adam" : name;
}

/** Names of the moments an optimizer keeps, each of the parameters' size. */
export function momentsOf(name: OptimizerName): readonly string[] {
  return optimizerMoments[ruleOf(name)];
}

/** The name of the buffer that holds the parameters, or one of their moments. */
export function parameterBuffer(
  { features, classes }: HeadShape,
  moment = "parameters",
): string {
  return `head ${features}x${classes} ${moment}`;
}

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
  /** f32 `(steps, 2)`: loss and number of right rows. */
  readonly progress: NamedBufferSpec;
  /** u32 `(1)`: steps done since it was last written. */
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
    progress: named("progress", steps * 2),
    counter: named("counter", 1),
  };
}

/** Where the rows of each step are: `(steps, batch)`, each step filled up to whole vec4s. */
export function packPlaces(
  places: Uint32Array,
  batch: number,
): Float32Array<ArrayBuffer> {
  const stride = wholeVectors(batch);
  const steps = places.length / batch;
  const packed = new Float32Array(steps * stride);
  for (let step = 0; step < steps; step++) {
    const some = places.subarray(step * batch, (step + 1) * batch);
    packed.set(some, step * stride);
  }
  return packed;
}

/**
 * One training step. Run it `n` times for `n` steps: what differs from step to
 * step is read at the counter, which the loss advances. With `texels`, what is
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
  const weightsName = `equal weights of ${classes} classes`;
  const weights = add({ name: weightsName, bytes: classes * 4 });
  const parameters = kept();
  const moments = optimizerMoments[rule].map(kept);
  const logits = add({ bytes: batch * columns * 4 });
  const slopes = add({ bytes: batch * columns * 4 });
  const params = denseParams({ rows: batch, depth, columns });
  const asTexels = { texels: texels && haveTexels(shape, dataRows) };
  const steps = [
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
    dispatch(denseUpdate, {
      params: { ...params, secondShare: 1 - adamConstants.beta2 },
      variant: { rule, ...asTexels },
      reads: [data, slopes, places, schedule, counter],
      writes: [
        parameters,
        ...moments,
        ...asTexels.texels ? [parameters] : [],
      ],
      label: "update",
    }),
  ];
  const program = { label: "training step", steps, buffers };
  const equal = (): Float32Array => new Float32Array(classes).fill(1);
  return { program, constants: new Map([[weightsName, equal]]) };
}

/** Names and bytes of what a logits program reads and writes: `(rows, depth)` and `(rows, columns)`. */
export function logitsBuffers(
  shape: HeadShape,
  rows: number,
): { data: NamedBufferSpec; logits: NamedBufferSpec } {
  const depth = wholeVectors(shape.features);
  const columns = wholeVectors(shape.classes);
  return {
    data: { name: `logits data ${rows * depth}`, bytes: rows * depth * 4 },
    logits: { name: `logits ${rows}x${columns}`, bytes: rows * columns * 4 },
  };
}

/** Logits of `rows` rows by the parameters that are on the GPU; `texels` as in {@linkcode trainingPlan}. */
export function logitsPlan(
  shape: HeadShape,
  { rows, texels = false }: { rows: number; texels?: boolean },
): Plan {
  const named = logitsBuffers(shape, rows);
  const parameters = {
    name: parameterBuffer(shape),
    bytes: packedSize(shape) * 4,
  };
  const step = dispatch(dense, {
    params: denseParams({
      rows,
      depth: wholeVectors(shape.features),
      columns: wholeVectors(shape.classes),
    }),
    variant: { source: "all", texels: texels && haveTexels(shape, rows) },
    reads: [0, 1],
    writes: [2],
    label: "logits",
  });
  const buffers = [named.data, parameters, named.logits];
  const program = { label: "logits", steps: [step], buffers };
  return { program, constants: new Map() };
}

/** Whether so many rows, and the parameters, can be read as texels. */
function haveTexels(shape: HeadShape, rows: number): boolean {
  return fitTexels(rows * wholeVectors(shape.features)) &&
    fitTexels(packedSize(shape));
}
