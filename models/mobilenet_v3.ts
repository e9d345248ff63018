/**
 * MobileNetV3-large (Howard and others 2019, arXiv:1905.02244) as torchvision,
 * timm and Keras have it.
 *
 * @module
 */
import type { LayerGraph } from "../src/graph/layers.ts";
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
  countedNames,
  type InvertedBlock,
  invertedFeatures,
  type InvertedHabits,
  type InvertedNetwork,
  timmHabits,
} from "./inverted_residuals.ts";

/** Window, channels in between, channels, stride, whether it excites, its activation (table 1). */
const stages = [
  [[3, 16, 16, 1, false, "relu"]],
  [[3, 64, 24, 2, false, "relu"], [3, 72, 24, 1, false, "relu"]],
  [
    [5, 72, 40, 2, true, "relu"],
    [5, 120, 40, 1, true, "relu"],
    [5, 120, 40, 1, true, "relu"],
  ],
  [
    [3, 240, 80, 2, false, "hard_swish"],
    [3, 200, 80, 1, false, "hard_swish"],
    [3, 184, 80, 1, false, "hard_swish"],
    [3, 184, 80, 1, false, "hard_swish"],
  ],
  [
    [3, 480, 112, 1, true, "hard_swish"],
    [3, 672, 112, 1, true, "hard_swish"],
  ],
  [
    [5, 672, 160, 2, true, "hard_swish"],
    [5, 960, 160, 1, true, "hard_swish"],
    [5, 960, 160, 1, true, "hard_swish"],
  ],
] as const;

const network: InvertedNetwork = {
  stem: 16,
  stages: stages.map((stage) =>
    stage.map((
      [kernel, expanded, channels, stride, excites, activation],
    ): InvertedBlock => ({
      kernel,
      expanded,
      channels,
      stride,
      squeezed: excites ? divisible(expanded / 4) : undefined,
      activation,
    }))
  ),
  head: 960,
  activation: "hard_swish",
  gate: "hard_sigmoid",
  squeezeActivation: "relu",
};

const torchvision: InvertedHabits = {
  stem: ["features.0.0", "features.0.1"],
  head: ["features.16.0", "features.16.1"],
  names: ({ number, ...has }) =>
    countedNames(`features.${number + 1}.block`, has),
  padding: "symmetric",
  norm: { ...torchNorm, epsilon: 1e-3, momentum: 0.99 },
};

const timm: InvertedHabits = {
  ...timmHabits,
  head: ["blocks.6.0.conv", "blocks.6.0.bn1"],
};

const keras: InvertedHabits = {
  stem: ["conv", "conv_bn"],
  head: ["conv_1", "conv_1_bn"],
  names: ({ number }) => {
    const prefix = number === 0 ? "expanded_conv" : `expanded_conv_${number}`;
    const pair = (part: string) =>
      [`${prefix}_${part}`, `${prefix}_${part}_bn`] as const;
    return {
      block: `${prefix}_add`,
      expand: pair("expand"),
      depthwise: pair("depthwise"),
      reduce: `${prefix}_squeeze_excite_conv`,
      excite: `${prefix}_squeeze_excite_conv_1`,
      project: pair("project"),
    };
  },
  padding: "SAME",
  norm: { epsilon: 1e-3, momentum: 0.999 },
};

/** All before the classifier: a dense layer behind the mean, but where there is none. */
function withHidden(habits: InvertedHabits, hidden?: string) {
  return (layers: LayerGraph, images: string): string => {
    const means = invertedFeatures(layers, images, { network, habits });
    if (hidden === undefined) return means;
    const options = { units: 1280, activation: "hard_swish" } as const;
    return layers.dense(hidden, means, options);
  };
}

const torchLayout = { layout: "torch", size: 224 } as const;

const kerasLayout = {
  layout: "keras",
  size: 224,
  pixels: signedPixels,
  resizing: tensorflowResizing,
  classifier: "logits",
  pointwise: ["conv_2", "logits"],
} as const;

/** MobileNetV3-large of each source. */
export const mobilenetsV3: readonly Architecture[] = [
  {
    ...torchLayout,
    id: "torchvision/mobilenet_v3_large",
    title: "MobileNetV3-large of torchvision",
    pixels: imagenetPixels,
    resizing: torchvisionResizing,
    classifier: "classifier.3",
    features: withHidden(torchvision, "classifier.0"),
  },
  {
    ...torchLayout,
    id: "timm/mobilenetv3_large_100",
    title: "MobileNetV3-large of timm",
    pixels: imagenetPixels,
    resizing: timmResizing,
    classifier: "classifier",
    pointwise: ["conv_head"],
    features: withHidden(timm, "conv_head"),
  },
  {
    ...torchLayout,
    id: "timm/tf_mobilenetv3_large_100",
    title: "MobileNetV3-large of timm with TensorFlow's weights",
    pixels: signedPixels,
    resizing: { ...timmResizing, interpolation: "bilinear" },
    classifier: "classifier",
    pointwise: ["conv_head"],
    features: withHidden(
      { ...timm, padding: "SAME", norm: { ...torchNorm, epsilon: 1e-3 } },
      "conv_head",
    ),
  },
  {
    ...kerasLayout,
    id: "keras/mobilenet_v3_large",
    title: "MobileNetV3-large of Keras",
    features: withHidden(keras, "conv_2"),
  },
  {
    ...kerasLayout,
    id: "keras/mobilenet_v3_large_notop",
    title: "MobileNetV3-large of Keras without its dense layers",
    features: withHidden(keras),
  },
];
