/**
 * TensorFlow.js as a peer: `tfjs.ts webgpu|wasm FOLDER`. Its packages, those of
 * the configuration beside it, are imported by name at run time, so that they
 * are in no module graph of ours.
 *
 * @module
 */
import { benchHead } from "../kernel_cases.ts";
import { type BenchNetworkName, benchNetworks } from "../network_training.ts";
import { type PeerLayer, readNetwork } from "./network_file.ts";
import { type PeerEngine, servePeer, versionOf } from "./serve.ts";

interface Tensor {
  data(): Promise<Float32Array>;
  dispose(): void;
  sub(value: number): Tensor;
  mul(value: number): Tensor;
  reshape(shape: readonly number[]): Tensor;
}

type Padding = "same" | "valid";
type Pair = readonly [number, number];

/** What is used of a model. */
interface TfjsModel {
  compile(options: { optimizer: unknown; loss: string }): void;
  fit(x: Tensor, y: Tensor, options: {
    epochs: number;
    batchSize: number;
    verbose: 0;
    yieldEvery: "never";
  }): Promise<unknown>;
}

/** What is used of tfjs. */
interface Tfjs {
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  ready(): Promise<void>;
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  tidy(work: () => Tensor): Tensor;
  concat(tensors: readonly Tensor[], axis: number): Tensor;
  maxPool(x: Tensor, window: Pair, strides: Pair, pad: Padding): Tensor;
  avgPool(x: Tensor, window: Pair, strides: Pair, pad: Padding): Tensor;
  readonly fused: {
    conv2d(options: {
      x: Tensor;
      filter: Tensor;
      bias: Tensor;
      strides: Pair;
      pad: Padding;
      activation: "linear" | "relu" | "relu6";
    }): Tensor;
  };
  randomUniform(shape: readonly number[]): Tensor;
  oneHot(indices: Tensor, depth: number): Tensor;
  tensor1d(values: readonly number[], type: "int32"): Tensor;
  sequential(options: { layers: readonly unknown[] }): TfjsModel;
  readonly layers: TfjsLayers;
  readonly train: { sgd(rate: number): unknown; adam(rate: number): unknown };
}

async function openTfjs(backend: string): Promise<Tfjs> {
  const load = (name: string) => import(name);
  const tf: Tfjs = await load("@tensorflow/tfjs");
  await load(`@tensorflow/tfjs-backend-${backend}`);
  await tf.setBackend(backend);
  await tf.ready();
  if (tf.getBackend() !== backend) {
    throw new Error(`tfjs fell back to ${tf.getBackend()}`);
  }
  return tf;
}

async function openEngine(
  backend: string,
  folder: string,
): Promise<PeerEngine> {
  const tf = await openTfjs(backend);
  const { network, valuesOf, pixels } = await readNetwork(folder);
  const x = tf.tensor(pixels, network.inputShape);
  const layers = network.layers.map((layer) => ({
    layer,
    weights: layer.kind === "convolution"
      ? [layer.filter, layer.bias].map((stored) =>
        tf.tensor(valuesOf(stored), stored.shape)
      )
      : [],
  }));
  return {
    version: `tfjs ${versionOf("@tensorflow/tfjs")}`,
    async forward() {
      const y = tf.tidy(() => {
        const values = new Map([[network.input, x]]);
        for (const { layer, weights } of layers) {
          const inputs = layer.inputs.map((name) => valueOf(values, name));
          values.set(layer.output, runLayer(tf, layer, { inputs, weights }));
        }
        return valueOf(values, network.output);
      });
      const features = await y.data();
      y.dispose();
      return features;
    },
    prepareHead: () => prepareHead(tf),
    // Of the others no backend has the gradient of a filter.
    ...(backend === "webgpu" && {
      prepareNetwork: (name: BenchNetworkName) => prepareNetwork(tf, name),
    }),
  };
}

function valueOf(values: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const value = values.get(name);
  if (!value) throw new Error(`"${name}" is used before it is computed`);
  return value;
}

function runLayer(
  tf: Tfjs,
  layer: PeerLayer,
  { inputs, weights: [filter, bias] }: {
    inputs: readonly Tensor[];
    weights: readonly Tensor[];
  },
): Tensor {
  const [x] = inputs;
  switch (layer.kind) {
    case "convolution":
      return tf.fused.conv2d({
        x,
        filter,
        bias,
        strides: [layer.strides.height, layer.strides.width],
        pad: paddingOf(layer),
        activation: layer.activation === "none" ? "linear" : layer.activation,
      });
    case "maximum":
    case "average": {
      const { window, strides } = layer;
      const pool = layer.kind === "maximum" ? tf.maxPool : tf.avgPool;
      return pool(
        x,
        [window.height, window.width],
        [strides.height, strides.width],
        paddingOf(layer),
      );
    }
    case "subtract":
      return x.sub(layer.value);
    case "multiply":
      return x.mul(layer.value);
    case "concatenate":
      return tf.concat(inputs, 3);
    case "flatten":
      return x.reshape([1, -1]);
    default:
      return layer satisfies never;
  }
}

/** Inception pads only windows that move by one pixel, all around: that is SAME. */
function paddingOf(
  { pads, strides }: Extract<PeerLayer, { pads: unknown }>,
): Padding {
  const { top, bottom, left, right } = pads;
  if (top + bottom + left + right === 0) return "valid";
  if (strides.height === 1 && strides.width === 1) return "same";
  throw new Error("A window with a stride is padded");
}

async function prepareHead(
  tf: Tfjs,
): Promise<(steps: number) => Promise<void>> {
  const { features, classes, batch, dataRows } = benchHead;
  const x = tf.randomUniform([dataRows, features]);
  const labels = Array.from({ length: dataRows }, (_, row) => row % classes);
  const y = tf.oneHot(tf.tensor1d(labels, "int32"), classes);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        units: classes,
        inputShape: [features],
        activation: "softmax",
      }),
    ],
  });
  model.compile({
    optimizer: tf.train.sgd(0.001),
    loss: "categoricalCrossentropy",
  });
  const fit = async (epochs: number) => {
    await model.fit(x, y, {
      epochs,
      batchSize: batch,
      verbose: 0,
      yieldEvery: "never",
    });
  };
  await fit(1);
  return (steps) => fit(Math.round(steps * batch / dataRows));
}

type Layer = (options: Readonly<Record<string, unknown>>) => unknown;

/** The layers of tfjs that are used. */
type TfjsLayers = Readonly<
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
async function prepareNetwork(
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

if (import.meta.main) {
  const [backend, folder] = Deno.args;
  // Its greetings must not be taken for answers.
  console.log = console.warn = console.error;
  await servePeer(await openEngine(backend, folder));
}
