/**
 * What TensorFlow.js trains.
 *
 * @module
 */
import type { BenchNetworkName } from "../network_training.ts";
import type { HeadTask, NetworkTask, PeerTraining } from "./serve.ts";
import type { Tensor, Tfjs } from "./tfjs_api.ts";

/** A dense layer with a softmax, by SGD. */
export function prepareHead(
  tf: Tfjs,
  { features, classes, batch, dataRows }: HeadTask,
): Promise<PeerTraining> {
  const rows = tf.randomUniform([dataRows, features]);
  return Promise.resolve(trainingOf(tf, {
    layers: [tf.layers.dense({
      units: classes,
      inputShape: [features],
      activation: "softmax",
    })],
    optimizer: tf.train.sgd(0.001),
    ...{ rows, count: dataRows, classes, batch },
  }));
}

/** A whole network, by Adam. */
export function prepareNetwork(
  tf: Tfjs,
  task: NetworkTask,
): Promise<PeerTraining> {
  const { name, batch, size, channels, classes } = task;
  const layersOf = networks[name];
  if (!layersOf) throw new Error(`it takes minutes for a step of ${name}`);
  const last = tf.layers.dense({ units: classes, activation: "softmax" });
  return Promise.resolve(trainingOf(tf, {
    layers: [...layersOf(tf, task), last],
    optimizer: tf.train.adam(1e-4),
    rows: tf.randomUniform([batch, size, size, channels]),
    ...{ count: batch, classes, batch },
  }));
}

function trainingOf(
  tf: Tfjs,
  { layers, optimizer, rows, count, classes, batch }: {
    layers: readonly unknown[];
    optimizer: unknown;
    rows: Tensor;
    count: number;
    classes: number;
    batch: number;
  },
): PeerTraining {
  const labels = Array.from({ length: count }, (_, row) => row % classes);
  const y = tf.oneHot(tf.tensor1d(labels, "int32"), classes);
  const model = tf.sequential({ layers });
  model.compile({ optimizer, loss: "categoricalCrossentropy" });
  return {
    parameters: model.countParams(),
    run: (steps) =>
      model.fit(rows, y, {
        epochs: Math.round(steps * batch / count),
        batchSize: batch,
        verbose: 0,
        yieldEvery: "never",
      }),
  };
}

type Layers = (tf: Tfjs, task: NetworkTask) => readonly unknown[];

/** All but the last layer of those that it trains in bearable time. */
const networks: Partial<Record<BenchNetworkName, Layers>> = {
  "small CNN": smallCnn,
  "MobileNet 0.25": mobilenet,
};

function smallCnn(
  { layers }: Tfjs,
  { size, channels }: NetworkTask,
): unknown[] {
  const relu = { kernelSize: 3, activation: "relu" };
  return [
    layers.conv2d({
      ...relu,
      filters: 32,
      inputShape: [size, size, channels],
    }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.conv2d({ ...relu, filters: 64 }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten({}),
    layers.dense({ units: 64, activation: "relu" }),
    layers.dropout({ rate: 0.5 }),
  ];
}

/** MobileNet v1 0.25 without batch norms: what a folded one is. */
function mobilenet(
  { layers }: Tfjs,
  { size, channels }: NetworkTask,
): unknown[] {
  const padding = "same";
  const blocks = [
    [16, 1],
    [32, 2],
    [32, 1],
    [64, 2],
    [64, 1],
    [128, 2],
    ...Array.from({ length: 5 }, () => [128, 1]),
    [256, 2],
    [256, 1],
  ];
  const relu6 = () => layers.reLU({ maxValue: 6 });
  return [
    layers.conv2d({
      ...{ filters: 8, kernelSize: 3, strides: 2, padding },
      inputShape: [size, size, channels],
    }),
    relu6(),
    ...blocks.flatMap(([filters, strides]) => [
      layers.depthwiseConv2d({ kernelSize: 3, strides, padding }),
      relu6(),
      layers.conv2d({ filters, kernelSize: 1, padding }),
      relu6(),
    ]),
    layers.globalAveragePooling2d({}),
  ];
}
