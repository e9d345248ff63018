/**
 * Inception-v3 (Szegedy and others 2016, arXiv:1512.00567) as torchvision and
 * Keras have it: the blocks of the 2015 release, with other pools.
 *
 * @module
 */
import type { BatchNormOptions, LayerGraph } from "../src/graph/layers.ts";
import type { Architecture } from "./architecture.ts";
import { signedPixels, tensorflowResizing, torchNorm } from "./habits.ts";
import {
  averagePool,
  type Convolution,
  type InceptionLayer,
  mixedBlocks,
  type Pool,
  stem,
} from "./inception_v3.ts";

/** A layer and the batch norm behind it. */
type ConvolutionNames = readonly [layer: string, norm: string];

/** What two frameworks do in different ways. */
interface InceptionHabits {
  /** The names of each convolution, in the order of the release. */
  readonly names: readonly ConvolutionNames[];
  readonly norm: BatchNormOptions;
  /** Whether averages count padding. */
  readonly countsPads: boolean;
}

const numbered = (base: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${base}_${at + 1}`);

/** torchvision's names of the convolutions of each kind of block. */
const cells35 = [
  "branch1x1",
  ...numbered("branch5x5", 2),
  ...numbered("branch3x3dbl", 3),
  "branch_pool",
];
const cells17 = [
  "branch1x1",
  ...numbered("branch7x7", 3),
  ...numbered("branch7x7dbl", 5),
  "branch_pool",
];
const cells8 = [
  "branch1x1",
  ...["branch3x3_1", "branch3x3_2a", "branch3x3_2b"],
  ...numbered("branch3x3dbl", 2),
  ...["branch3x3dbl_3a", "branch3x3dbl_3b"],
  "branch_pool",
];
const torchBlocks = [
  ["Mixed_5b", cells35],
  ["Mixed_5c", cells35],
  ["Mixed_5d", cells35],
  ["Mixed_6a", ["branch3x3", ...numbered("branch3x3dbl", 3)]],
  ["Mixed_6b", cells17],
  ["Mixed_6c", cells17],
  ["Mixed_6d", cells17],
  ["Mixed_6e", cells17],
  ["Mixed_7a", [...numbered("branch3x3", 2), ...numbered("branch7x7x3", 4)]],
  ["Mixed_7b", cells8],
  ["Mixed_7c", cells8],
] as const;

const torchvision: InceptionHabits = {
  names: [
    ...["1a_3x3", "2a_3x3", "2b_3x3", "3b_1x1", "4a_3x3"]
      .map((name) => `Conv2d_${name}`),
    ...torchBlocks.flatMap(([block, branches]) =>
      branches.map((branch) => `${block}.${branch}`)
    ),
  ].map((name) => [`${name}.conv`, `${name}.bn`]),
  norm: { ...torchNorm, epsilon: 1e-3 },
  countsPads: true,
};

/** Keras numbers the layers of this network as it makes them. */
const keras: InceptionHabits = {
  names: torchvision.names.map((_, at) => {
    const number = at === 0 ? "" : `_${at}`;
    return [`conv2d${number}`, `batch_normalization${number}`];
  }),
  norm: { epsilon: 1e-3, momentum: 0.99, scale: false },
  countsPads: false,
};

function features(
  layers: LayerGraph,
  images: string,
  { names, norm, countsPads }: InceptionHabits,
): string {
  let convolutions = 0;
  let pools = 0;
  const convolve = (x: string, { filters, kernel, ...window }: Convolution) => {
    const [layer, normName] = names[convolutions++];
    const [height, width] = kernel;
    const y = layers.convolution(layer, x, {
      channels: filters,
      size: { height, width },
      stride: window.stride,
      padding: window.padding,
      bias: false,
    });
    return layers.batchNorm(normName, y, { ...norm, activation: "relu" });
  };
  const pool = (x: string, { kind, window: size, stride, padding }: Pool) => {
    const name = `pool_${++pools}`;
    return kind === "MaxPool"
      ? layers.maxPool(name, x, { size, stride, padding })
      : layers.averagePool(name, x, { size, stride, padding, countsPads });
  };
  const append = (x: string, layer: InceptionLayer): string[] => {
    switch (layer.kind) {
      case "convolution":
        return [convolve(x, layer)];
      case "fork":
        return layer.convolutions.map((each) => convolve(x, each));
      case "MaxPool":
      case "AvgPool":
        return [pool(x, layer)];
      default:
        return layer satisfies never;
    }
  };
  let x = images;
  for (const layer of stem) [x] = append(x, layer);
  for (const [at, block] of mixedBlocks(averagePool).entries()) {
    const branches = block.flatMap((branch) =>
      branch.reduce<string[]>(([input], layer) => append(input, layer), [x])
    );
    x = layers.concat(`mixed${at}`, branches);
  }
  return layers.meanOverSpace("avgpool", x);
}

/** Inception-v3; torchvision's released weights were trained with pixels as Keras's. */
export const inceptions: readonly Architecture[] = [
  {
    id: "torchvision/inception_v3",
    title: "Inception-v3 of torchvision",
    layout: "torch",
    size: 299,
    pixels: signedPixels,
    resizing: { interpolation: "bilinear", crop: { kept: 299, of: 342 } },
    classifier: "fc",
    unused: /^AuxLogits\./,
    features: (layers, images) => features(layers, images, torchvision),
  },
  {
    id: "keras/inception_v3",
    title: "Inception-v3 of Keras",
    layout: "keras",
    size: 299,
    pixels: signedPixels,
    resizing: tensorflowResizing,
    classifier: "predictions",
    numbered: ["conv2d", "batch_normalization"],
    features: (layers, images) => features(layers, images, keras),
  },
];
