/**
 * The programs whose dispatches are measured: forward passes of real networks,
 * the training steps of those that are trained, and what else commands run.
 *
 * @module
 */
import { dispatch, type KernelCall } from "../kernels/kernel.ts";
import { packResampled, resampleImages } from "../kernels/resample_images.ts";
import { packImages, resizeImages } from "../kernels/resize_images.ts";
import { shapeClass } from "../kernels/tuning.ts";
import { GrowingGraph } from "../src/graph/growing_graph.ts";
import { type Graph, tensorOf } from "../src/graph/ir.ts";
import { LayerGraph } from "../src/graph/layers.ts";
import {
  forwardPasses,
  liftBatch,
  optimise,
  type PassName,
} from "../src/passes/mod.ts";
import {
  planGraph,
  type Program,
  type Step,
  type Tuning,
} from "../src/plan/mod.ts";
import {
  denseNetwork,
  denseOf,
  planDenseForward,
  planDenseStep,
} from "../src/train/dense_step.ts";
import {
  buildTrainingStep,
  toVariables,
  trainableOf,
  type TrainingStepOptions,
} from "../src/train/mod.ts";
import { planGraphStep } from "../src/train/planned_step.ts";
import { seededPixels } from "./forward.ts";
import {
  benchNetworkNames,
  benchNetworks,
  buildNetwork,
} from "./network_training.ts";
import { inceptionV3, namedGraph, resnext50 } from "./networks.ts";
import { photoSize } from "./pictures.ts";
import { convnextT, vitB } from "./transformers.ts";

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

/** A program that is measured. */
export interface MeasuredProgram {
  /** Whose it is, as rows say it. */
  readonly network: string;
  readonly program: Pick<Program, "steps" | "buffers">;
  /** What its buffers hold, where numbers alone make no sense [any numbers]. */
  readonly data?: KernelCall;
}

/** Networks by name, as they run by default. */
const networks: Readonly<Record<string, () => Graph>> = {
  "efficientnet-lite0": () => namedGraph("efficientnet-lite0"),
  "efficientnet-b0": () => namedGraph("efficientnet-b0"),
  "mobilenet-v1": () => namedGraph("mobilenet-v1"),
  "mobilenet-v2": () => namedGraph("mobilenet-v2"),
  "resnet-50": () => namedGraph("resnet-50-keras"),
  "inception-v3": inceptionV3,
  "resnext-50": resnext50,
  "vit-b/16": vitB,
  "convnext-t": convnextT,
};

/** Forward passes of a batch of {@linkcode benchBatch}. */
export function* forwardPrograms(tuning: Tuning): Generator<MeasuredProgram> {
  for (const [network, build] of Object.entries(networks)) {
    // Winograd's convolution is another algorithm: what it replaces is measured.
    const plain = { ...tuning, winograd: {} };
    yield { network, program: planNetwork(build(), { tuning: plain }) };
  }
}

/** Steps of what is trained; batch norms by the statistics of each batch. */
export function* trainingPrograms(tuning: Tuning): Generator<MeasuredProgram> {
  for (const optimizer of ["sgd", "momentum", "adamw"] as const) {
    const { texels } = tuning;
    const { plan } = planDenseStep(head(), { ...benchHead, optimizer, texels });
    yield { network: `head, ${optimizer}`, program: plan.program };
  }
  for (const name of benchNetworkNames) {
    const program = planTraining(buildNetwork(name, { norms: "trained" }), {
      tuning,
      dataRows: 4 * benchNetworks[name].batch,
    });
    yield { network: `training ${name}`, program };
  }
}

/** What other nets, options and commands run: for the kernels that none of the above uses. */
export function* otherPrograms(tuning: Tuning): Generator<MeasuredProgram> {
  const plain = (graph: Graph, without: readonly PassName[] = []) =>
    planNetwork(graph, { tuning, without });
  yield {
    network: "inception-v3 without passes",
    program: plain(inceptionV3(), ["foldBatchNorm", "fuseActivation"]),
  };
  yield {
    network: "inception-v3 by Winograd's convolution",
    program: planNetwork(inceptionV3(), {
      tuning: { ...tuning, winograd: everySquare(inceptionV3()) },
    }),
  };
  yield* otherTrainings(tuning);
  const rows = { rows: benchHead.dataRows, texels: tuning.texels };
  const { plan } = planDenseForward(head(), rows);
  yield { network: "evaluating a head", program: plan.program };
  yield { network: "a graph that resizes", program: plain(resizingGraph()) };
  yield* photoPrograms();
}

/** Trainings of other nets, and with other options. */
function* otherTrainings(tuning: Tuning): Generator<MeasuredProgram> {
  for (
    const [network, graph] of [
      ["resnext-50", resnext50()],
      ["vit-b/16", vitB()],
    ] as const
  ) {
    const program = planTraining(trainable(graph), { tuning });
    yield { network: `training ${network}`, program };
  }
  const folded = buildNetwork("MobileNet 0.25", { norms: "folded" });
  yield {
    // What scales pixels is a batch norm to the passes: it is trained, too.
    network: "training MobileNet 0.25 behind a batch norm",
    program: planTraining(toVariables(folded, () => true), { tuning }),
  };
  const mobilenet = buildNetwork("MobileNet 0.25", { norms: "trained" });
  yield {
    network: "training MobileNet 0.25 with clipped gradients",
    program: planTraining(mobilenet, {
      tuning,
      clip: { by: "norm", limit: 1 },
    }),
  };
  yield {
    network: "training MobileNet 0.25 on two classes",
    program: planTraining(withLogits(mobilenet, 1), {
      tuning,
      loss: { kind: "sigmoid" },
    }),
  };
}

function head() {
  const dense = denseOf(denseNetwork(benchHead));
  if (!dense) throw new Error("A dense layer is one");
  return dense;
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

/** The step of a whole network, by Adam unless told otherwise. */
function planTraining(
  network: Graph,
  { tuning, ...options }:
    & { tuning: Tuning }
    & Partial<Pick<TrainingStepOptions, "dataRows" | "loss" | "clip">>,
): Program {
  const step = buildTrainingStep(network, {
    logits: network.outputs[0],
    variables: trainableOf(network),
    loss: { kind: "softmax" },
    update: { rule: "adam", secondShare: 0.001, penalty: 0 },
    dataRows: 64,
    // Kernels look at the step of their counter, which may be 1.
    steps: 2,
    ...options,
  });
  return planGraphStep(network, { step, tuning }).plan.program;
}

/** A network of constants with a head, all of it to be trained. */
function trainable(graph: Graph): Graph {
  const lifted = liftBatch(graph, benchBatch);
  const passed = optimise(lifted, { without: forwardPasses });
  return withLogits(toVariables(passed, () => true), benchHead.classes);
}

function withLogits(graph: Graph, units: number): Graph {
  const layers = new LayerGraph({ from: graph });
  const [features] = graph.outputs;
  return layers.finish(layers.dense("last logits", features, { units }));
}

/** Winograd's convolution for whatever square windows it is for. */
function everySquare(graph: Graph): Tuning["winograd"] {
  const classes = graph.nodes.flatMap((node) => {
    if (node.op !== "conv2d") return [];
    const [x, filter] = node.inputs.map((name) => tensorOf(graph, name).shape);
    const [y] = node.outputs.map((name) => tensorOf(graph, name).shape);
    const [windowHeight, windowWidth, inChannels] = filter;
    const isSquare = windowHeight === 3 && windowWidth === 3 && x.length === 4;
    const [, outHeight, outWidth] = y;
    return isSquare
      ? [shapeClass({
        ...{ inChannels, outHeight, outWidth, windowHeight, windowWidth },
      })]
      : [];
  });
  return Object.fromEntries(classes.map((name) => [name, 4] as const));
}

/** A graph that takes pictures as large as photos, as frozen ones do. */
function resizingGraph(): Graph {
  const graph = new GrowingGraph();
  const { height, width } = photoSize;
  const images = graph.input("images", [1, height, width, 3]);
  const [resized] = graph.append({
    op: "resize_bilinear",
    inputs: [images],
    attributes: {
      ...{ height: 224, width: 224 },
      ...{ alignCorners: false, halfPixelCenters: false },
    },
  }, { name: "resized" });
  return graph.finish(resized);
}

/** Photos that become the input of a network, as TensorFlow and as Pillow resize them. */
function* photoPrograms(): Generator<MeasuredProgram> {
  const out = { height: 224, width: 224 };
  const rgb = Uint8Array.from(seededPixels(1, photoSize));
  const photos = Array.from(
    { length: benchBatch },
    (_, row) => ({ rgb, row, ...photoSize }),
  );
  const params = {
    count: benchBatch,
    outHeight: out.height,
    outWidth: out.width,
  };
  const writes = [new Float32Array(benchBatch * out.height * out.width * 3)];
  const packed = packImages(photos);
  const resizing = { alignCorners: false, halfPixelCenters: false };
  yield ofCall(
    "photos resized as TensorFlow does it",
    dispatch(resizeImages, {
      params,
      variant: resizing,
      reads: [0, 1],
      writes: [2],
      label: "resize",
    }),
    [packed.pixels, packed.table, ...writes],
  );
  const resampled = packResampled(photos, { filter: "bicubic", out });
  yield ofCall(
    "photos resized as Pillow does it",
    dispatch(resampleImages, {
      params,
      variant: {},
      reads: [0, 1, 2],
      writes: [3],
      label: "resample",
    }),
    [resampled.pixels, resampled.table, resampled.windows, ...writes],
  );
}

function ofCall(
  network: string,
  step: Step,
  buffers: readonly (Float32Array | Uint32Array)[],
): MeasuredProgram {
  const { params, variant } = step;
  const of = (indices: readonly number[]) => indices.map((at) => buffers[at]);
  return {
    network,
    program: {
      steps: [step],
      buffers: buffers.map(({ byteLength }) => ({ bytes: byteLength })),
    },
    data: { params, variant, reads: of(step.reads), writes: of(step.writes) },
  };
}
