/**
 * The fused way of planning: a network that is one dense layer under softmax, its
 * training step in two dispatches, or in three where there are many classes.
 *
 * On the GPU weights and bias lie in one buffer `(depth + 1, columns)`, the bias
 * last; both sizes grow to whole vec4s by zeros that stay zeros.
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
import { dispatch, roundUp } from "../../kernels/kernel.ts";
import { optimizerMoments, scheduleWidth } from "../../kernels/optimizer.ts";
import type {
  BufferSpec,
  NamedBufferSpec,
  Plan,
  Step,
} from "../../kernels/program.ts";
import { softmaxCrossEntropy } from "../../kernels/softmax_cross_entropy.ts";
import { fitTexels } from "../../kernels/texels.ts";
import { presetTuning } from "../../kernels/tuning.ts";
import type { Session } from "../gpu/session.ts";
import { type Graph, tensorOf } from "../graph/ir.ts";
import { LayerGraph } from "../graph/layers.ts";
import type { PlannedStep } from "./planned_step.ts";
import { adamConstants, type OptimizerName, ruleOf } from "./schedule.ts";
import { momentName } from "./training_step.ts";
import { type StateBuffer, withValues } from "./variables.ts";

/** A network that is one dense layer. */
export interface DenseNetwork {
  /** Values of a row. */
  readonly features: number;
  /** Columns of its weights. */
  readonly classes: number;
  /** The name of the weights `(features, classes)`. */
  readonly weights: string;
  /** The name of the bias `(classes)`. */
  readonly bias: string;
}

/** A network of one dense layer on rows `(batch, features)` whose weights start at zero. */
export function denseNetwork(
  { features, classes, batch, name = "head/logits" }: {
    features: number;
    classes: number;
    batch: number;
    name?: string;
  },
): Graph {
  const layers = new LayerGraph();
  const rows = layers.input("features", [batch, features]);
  const graph = layers.finish(layers.dense(name, rows, { units: classes }));
  const [{ inputs: [, weights] }] = graph.nodes;
  const shape = [features, classes];
  const data = new Float32Array(features * classes);
  return withValues(graph, { [weights]: { shape, data } });
}

/** The network as one dense layer, if it is that and nothing else. */
export function denseOf(graph: Graph): DenseNetwork | undefined {
  const [node] = graph.nodes;
  if (graph.nodes.length !== 1 || node.op !== "matmul") return undefined;
  const { transposeA, transposeB, activation } = node.attributes;
  if (transposeA || transposeB || activation !== "none") return undefined;
  const [rows, weights, bias] = node.inputs;
  if (bias === undefined || rows !== graph.inputs[0]) return undefined;
  const areVariables = [weights, bias].every((name) =>
    tensorOf(graph, name).variable !== undefined
  );
  const [features, classes] = tensorOf(graph, weights).shape;
  return areVariables ? { features, classes, weights, bias } : undefined;
}

/** The buffer of a dense network's parameters, or of one of their moments. */
export function denseBuffer(
  { features, classes, weights, bias }: DenseNetwork,
  moment?: string,
): StateBuffer {
  const depth = roundUp(features, 4);
  const columns = roundUp(classes, 4);
  const size = (depth + 1) * columns;
  const named = (variable: string) =>
    moment === undefined ? variable : momentName(variable, moment);
  const names = { weights: named(weights), bias: named(bias) };
  const shapes = { weights: [features, classes], bias: [classes] };
  return {
    buffer: `dense ${features}x${classes} ${moment ?? "parameters"}`,
    bytes: size * 4,
    shapes: new Map(Object.entries({
      [names.weights]: shapes.weights,
      [names.bias]: shapes.bias,
    })),
    pack(tensors) {
      const packed = new Float32Array(size);
      const kept = tensors[names.weights]?.data ?? new Float32Array();
      for (let k = 0; k < features; k++) {
        const row = kept.subarray(k * classes, (k + 1) * classes);
        packed.set(row, k * columns);
      }
      packed.set(tensors[names.bias]?.data ?? [], depth * columns);
      return packed;
    },
    unpack(packed) {
      const data = new Float32Array(features * classes);
      for (let k = 0; k < features; k++) {
        const row = packed.subarray(k * columns, k * columns + classes);
        data.set(row, k * classes);
      }
      const last = depth * columns;
      return {
        [names.weights]: { shape: shapes.weights, data },
        [names.bias]: {
          shape: shapes.bias,
          data: packed.slice(last, last + classes),
        },
      };
    },
  };
}

/** Sizes of a fused training step. */
export interface DenseStepOptions {
  readonly optimizer: OptimizerName;
  /** Rows of a step. */
  readonly batch: number;
  /** Rows of data on the GPU at a time. */
  readonly dataRows: number;
  /** Steps whose rows, rates and losses have room: the most that run in one go. */
  readonly steps: number;
  /** Whether what is read most is read as texels, as software adapters want it [false]. */
  readonly texels?: boolean;
}

/**
 * Compiles what the fused step and its forward need of kernels, which do not
 * depend on sizes: meanwhile the rows may be read.
 */
export async function warmDense(
  session: Session,
  { optimizer, classes }: { optimizer: OptimizerName; classes: number },
): Promise<void> {
  const dense = denseOf(denseNetwork({ features: 4, classes, batch: 1 }));
  if (!dense) return;
  const { texels } = presetTuning(session.adapter);
  const sizes = { batch: 1, dataRows: 1, steps: 1 };
  for (
    const { plan } of [
      planDenseStep(dense, { ...sizes, optimizer, texels }),
      planDenseForward(dense, { rows: 1, texels }),
    ]
  ) {
    await session.unload(await session.load(plan));
  }
}

/** Whether a workgroup has all logits of its rows, so that logits and loss are one dispatch. */
function isFused({ classes }: DenseNetwork): boolean {
  return classes <= maxDenseLossClasses;
}

/** The fused step: what differs from step to step is read at the counter, which the last dispatch advances. */
export function planDenseStep(
  network: DenseNetwork,
  options: DenseStepOptions,
): PlannedStep {
  const { optimizer, batch, dataRows, steps } = options;
  const parts = isFused(network) ? lossParts(batch) : 1;
  // Sizes are parts of the names, so that one session can train networks of many shapes.
  const named = (name: string, values: number): NamedBufferSpec => ({
    name: `dense ${name} ${values}`,
    bytes: values * 4,
  });
  const parameters = denseBuffer(network);
  const moments = optimizerMoments[ruleOf(optimizer)].map((name) =>
    denseBuffer(network, name)
  );
  const data = named("data", dataRows * roundUp(network.features, 4));
  const labels = named("labels", steps * batch);
  const places = named("places", steps * roundUp(batch, 4));
  const schedule = named("schedule", steps * scheduleWidth);
  const progress = named("progress", steps * parts * 2);
  // Steps done since it was last written, and the one that runs.
  const counter = named("counter", 2);
  const specs = [data, labels, places, schedule, progress, counter];
  return {
    plan: densePlan(network, {
      ...options,
      specs: [...specs, ...[parameters, ...moments].map(specOf)],
    }),
    buffers: {
      data: data.name,
      batches: places.name,
      labels: labels.name,
      schedule: schedule.name,
      counter: counter.name,
      progress: progress.name,
    },
    parts,
    variables: [parameters],
    moments,
    placesOf: (rows) => packPlaces(rows, batch),
  };
}

function specOf({ buffer: name, bytes }: StateBuffer): NamedBufferSpec {
  return { name, bytes };
}

function densePlan(
  network: DenseNetwork,
  { optimizer, batch, dataRows, texels = false, specs }:
    & DenseStepOptions
    & { specs: readonly NamedBufferSpec[] },
): Plan {
  const [depth, columns] = paddedSizes(network);
  const buffers: BufferSpec[] = [...specs];
  const add = (spec: BufferSpec): number => buffers.push(spec) - 1;
  const [data, labels, batches, schedule, progress, counter, ...state] = specs
    .keys();
  const [parameters] = state;
  const slopes = add({ bytes: batch * columns * 4 });
  const params = denseSizes({ rows: batch, depth, columns });
  const asTexels = { texels: texels && haveTexels(network, dataRows) };
  const constants = new Map<string, () => Float32Array>();
  const steps = lossSteps(network, {
    at: { data, parameters, batches, labels, counter },
    writes: [slopes, progress, counter],
    ...{ params, asTexels, constants, add },
  });
  steps.push(dispatch(denseUpdate, {
    params: { ...params, secondShare: 1 - adamConstants.beta2 },
    variant: {
      rule: ruleOf(optimizer),
      advances: isFused(network),
      ...asTexels,
    },
    reads: [data, slopes, batches, schedule],
    // As texels the parameters are bound a second time.
    writes: [counter, ...state, ...asTexels.texels ? [parameters] : []],
    label: "update",
  }));
  return { program: { label: "training step", steps, buffers }, constants };
}

/** Slopes of the logits, and the loss: one dispatch, or two where there are many classes. */
function lossSteps(
  network: DenseNetwork,
  { at, writes, params, asTexels, constants, add }: {
    /** Places of buffers in the program. */
    at: Readonly<
      Record<"data" | "parameters" | "batches" | "labels" | "counter", number>
    >;
    writes: readonly number[];
    params: ReturnType<typeof denseSizes>;
    asTexels: { readonly texels: boolean };
    /** Gets the weights of the classes, where they are needed. */
    constants: Map<string, () => Float32Array>;
    add(spec: BufferSpec): number;
  },
): Step[] {
  const { classes } = network;
  const { rows, columns } = params;
  if (isFused(network)) {
    return [dispatch(denseLoss, {
      params: { ...params, classes, smoothing: 0 },
      variant: asTexels,
      reads: [at.data, at.parameters, at.batches, at.labels],
      writes,
      label: "loss",
    })];
  }
  const logits = add({ bytes: rows * columns * 4 });
  const name = `equal weights of ${classes} classes`;
  constants.set(name, () => new Float32Array(classes).fill(1));
  const weights = add({ name, bytes: classes * 4 });
  return [
    dispatch(dense, {
      params,
      variant: { source: "listed", ...asTexels },
      reads: [at.data, at.parameters, at.batches, at.counter],
      writes: [logits],
      label: "logits",
    }),
    dispatch(softmaxCrossEntropy, {
      params: { rows, columns, classes, smoothing: 0 },
      variant: asTexels,
      reads: [logits, at.labels, weights],
      writes,
      label: "loss",
    }),
  ];
}

/** Depth and columns on the GPU. */
function paddedSizes({ features, classes }: DenseNetwork): [number, number] {
  return [roundUp(features, 4), roundUp(classes, 4)];
}

/** Whether so many rows, and the parameters, can be read as texels. */
function haveTexels(network: DenseNetwork, rows: number): boolean {
  const [depth, columns] = paddedSizes(network);
  return fitTexels(rows * depth) && fitTexels((depth + 1) * columns);
}

/** Where the rows of each step are: `(steps, batch)`, each step filled up to whole vec4s. */
export function packPlaces(
  places: Uint32Array,
  batch: number,
): Float32Array<ArrayBuffer> {
  const stride = roundUp(batch, 4);
  const steps = places.length / batch;
  const packed = new Float32Array(steps * stride);
  for (let step = 0; step < steps; step++) {
    const some = places.subarray(step * batch, (step + 1) * batch);
    packed.set(some, step * stride);
  }
  return packed;
}

/** A program from rows to logits; what it reads and writes is named. */
export interface PlannedForward {
  readonly plan: Plan;
  /** Rows of a run. */
  readonly batch: number;
  /** f32 `(batch, depth)`, each row filled up with zeros. */
  readonly rows: { readonly buffer: string; readonly depth: number };
  /** f32 `(batch, columns)`, of which the first are the logits. */
  readonly logits: { readonly buffer: string; readonly columns: number };
  /** The network's variables. */
  readonly variables: readonly StateBuffer[];
}

/** Logits of `rows` rows by the parameters of the fused step. */
export function planDenseForward(
  network: DenseNetwork,
  { rows, texels = false }: { rows: number; texels?: boolean },
): PlannedForward {
  const [depth, columns] = paddedSizes(network);
  const parameters = denseBuffer(network);
  const data = {
    name: `dense evaluation rows ${rows * depth}`,
    bytes: rows * depth * 4,
  };
  const logits = {
    name: `dense evaluation logits ${rows}x${columns}`,
    bytes: rows * columns * 4,
  };
  const step = dispatch(dense, {
    params: denseSizes({ rows, depth, columns }),
    variant: { source: "all", texels: texels && haveTexels(network, rows) },
    reads: [0, 1],
    writes: [2],
    label: "logits",
  });
  const buffers = [data, specOf(parameters), logits];
  return {
    plan: {
      program: { label: "evaluation", steps: [step], buffers },
      constants: new Map(),
    },
    batch: rows,
    rows: { buffer: data.name, depth },
    logits: { buffer: logits.name, columns },
    variables: [parameters],
  };
}
