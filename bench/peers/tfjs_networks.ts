/**
 * The networks that are trained, as TensorFlow.js builds them.
 *
 * @module
 */
import { type BenchNetworkName, benchNetworks } from "../network_training.ts";
import type { Tfjs } from "./tfjs.ts";

type Layer = (options: Readonly<Record<string, unknown>>) => unknown;

/** The layers of tfjs that are used. */
export type TfjsLayers = Readonly<
  Record<
    | "conv2d"
    | "depthwiseConv2d"
    | "maxPooling2d"
    | "globalAveragePooling2d"
    | "flatten"
    | "dense"
    | "dropout"
    | "reLU",
    Layer
  >
>;

/** A network with random images, ready for so many steps of a round. */
export async function prepareNetwork(
  tf: Tfjs,
  name: BenchNetworkName,
): Promise<() => Promise<void>> {
  const { batch, size, channels, classes, peerSteps } = benchNetworks[name];
  const count = peerSteps * batch;
  const x = tf.randomUniform([count, size, size, channels]);
  const labels = Array.from({ length: count }, (_, row) => row % classes);
  const y = tf.oneHot(tf.tensor1d(labels, "int32"), classes);
  const body = name === "small CNN" ? smallCnn(tf) : mobilenet(tf);
  const last = tf.layers.dense({ units: classes, activation: "softmax" });
  const model = tf.sequential({ layers: [...body, last] });
  const optimizer = tf.train.adam(1e-4);
  model.compile({ optimizer, loss: "categoricalCrossentropy" });
  const fit = async () => {
    await model.fit(x, y, {
      epochs: 1,
      batchSize: batch,
      verbose: 0,
      yieldEvery: "never",
    });
  };
  await fit();
  return fit;
}

function smallCnn({ layers }: Tfjs): unknown[] {
  const { size, channels } = benchNetworks["small CNN"];
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
function mobilenet({ layers }: Tfjs): unknown[] {
  const { size, channels } = benchNetworks["MobileNet 0.25"];
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
