/**
 * EfficientNet (Tan and Le 2019, arXiv:1905.11946) B0, and Lite0 to 2, which
 * have no excitation, as torchvision, timm, Keras and lukemelas's
 * EfficientNet-PyTorch with its Lite fork have them.
 *
 * @module
 */
import type { Architecture, PixelScaling } from "./architecture.ts";
import {
  divisible,
  imagenetPixels,
  signedPixels,
  tensorflowResizing,
  timmResizing,
  torchNorm,
} from "./habits.ts";
import {
  countedNames,
  type InvertedBlock,
  invertedFeatures,
  type InvertedHabits,
  type InvertedNetwork,
  timmHabits,
} from "./inverted_residuals.ts";

/** Widening, channels, blocks, stride and window of each stage (table 1). */
const stages = [
  [1, 16, 1, 1, 3],
  [6, 24, 2, 2, 3],
  [6, 40, 2, 2, 5],
  [6, 80, 3, 2, 3],
  [6, 112, 3, 1, 5],
  [6, 192, 4, 2, 5],
  [6, 320, 1, 1, 3],
] as const;

/** How a network grows from B0; a lite one keeps its first and last layers. */
interface Growth {
  readonly width: number;
  readonly depth: number;
  readonly isLite: boolean;
}

function network({ width, depth, isLite }: Growth): InvertedNetwork {
  const activation = isLite ? "relu6" : "silu";
  const scaled = (channels: number) => divisible(channels * width);
  const stem = isLite ? 32 : scaled(32);
  let inputs = stem;
  return {
    stem,
    stages: stages.map(([widening, channels, count, stride, kernel], stage) => {
      const isEnd = stage === 0 || stage === stages.length - 1;
      const length = isLite && isEnd ? count : Math.ceil(count * depth);
      return Array.from({ length }, (_, at): InvertedBlock => {
        const block = {
          kernel,
          stride: at === 0 ? stride : 1,
          expanded: inputs * widening,
          channels: scaled(channels),
          squeezed: isLite ? undefined : Math.floor(inputs / 4),
          activation,
        } as const;
        inputs = block.channels;
        return block;
      });
    }),
    head: isLite ? 1280 : scaled(1280),
    activation,
  };
}

const torchvision: InvertedHabits = {
  stem: ["features.0.0", "features.0.1"],
  head: ["features.8.0", "features.8.1"],
  names: ({ stage, at, ...has }) =>
    countedNames(`features.${stage + 1}.${at}.block`, has),
  padding: "symmetric",
  norm: torchNorm,
};

/** TensorFlow's batch norms, with PyTorch's averages. */
const tensorflowNorm = { ...torchNorm, epsilon: 1e-3, momentum: 0.99 };

const lukemelas: InvertedHabits = {
  stem: ["_conv_stem", "_bn0"],
  head: ["_conv_head", "_bn1"],
  names: ({ number }) => {
    const block = `_blocks.${number}`;
    return {
      block,
      expand: [`${block}._expand_conv`, `${block}._bn0`],
      depthwise: [`${block}._depthwise_conv`, `${block}._bn1`],
      reduce: `${block}._se_reduce`,
      excite: `${block}._se_expand`,
      project: [`${block}._project_conv`, `${block}._bn2`],
    };
  },
  padding: "SAME",
  norm: tensorflowNorm,
};

/** timm's networks with weights of TensorFlow. */
const timmTensorflow: InvertedHabits = {
  ...timmHabits,
  padding: "SAME",
  norm: { ...torchNorm, epsilon: 1e-3 },
};

const keras: InvertedHabits = {
  stem: ["stem_conv", "stem_bn"],
  head: ["top_conv", "top_bn"],
  names: ({ stage, at }) => {
    const block = `block${stage + 1}${String.fromCharCode(97 + at)}_`;
    return {
      block: `${block}add`,
      expand: [`${block}expand_conv`, `${block}expand_bn`],
      depthwise: [`${block}dwconv`, `${block}bn`],
      reduce: `${block}se_reduce`,
      excite: `${block}se_expand`,
      project: [`${block}project_conv`, `${block}project_bn`],
    };
  },
  padding: "SAME",
  norm: { epsilon: 1e-3, momentum: 0.99 },
};

/** From -1 to 1 nearly, as TensorFlow's EfficientNet-Lite. */
const litePixels: PixelScaling = {
  mean: [127, 127, 127],
  std: [128, 128, 128],
  order: "rgb",
};

function architecture(
  id: string,
  { habits, growth, ...told }:
    & Omit<Architecture, "id" | "features">
    & { readonly habits: InvertedHabits; readonly growth: Growth },
): Architecture {
  return {
    id,
    ...told,
    features: (layers, images) =>
      invertedFeatures(layers, images, { network: network(growth), habits }),
  };
}

const b0 = {
  layout: "torch",
  size: 224,
  pixels: imagenetPixels,
  growth: { width: 1, depth: 1, isLite: false },
} as const;

/** Width, depth, size of images, and what timm keeps of the shorter side. */
const liteSizes = [
  [1, 1, 224, 0.875],
  [1, 1.1, 240, 0.882],
  [1.1, 1.2, 260, 0.89],
] as const;

const lites = liteSizes
  .flatMap(([width, depth, size, kept], number): Architecture[] => {
    const growth = { width, depth, isLite: true };
    const lite = { layout: "torch", size, growth } as const;
    const ofTimm = { interpolation: "bicubic", crop: { kept, of: 1 } } as const;
    const name = `EfficientNet-Lite${number}`;
    return [
      architecture(`ml-illustrated/efficientnet-lite${number}`, {
        ...lite,
        title: `${name} of ml-illustrated/EfficientNet-Lite-PyTorch`,
        pixels: litePixels,
        // TensorFlow's scripts leave 32 pixels out, whatever the size.
        resizing: {
          interpolation: "bicubic",
          crop: { kept: size, of: size + 32 },
        },
        classifier: "_fc",
        habits: lukemelas,
      }),
      architecture(`timm/tf_efficientnet_lite${number}`, {
        ...lite,
        title: `${name} of timm with TensorFlow's weights`,
        pixels: signedPixels,
        resizing: ofTimm,
        classifier: "classifier",
        habits: timmTensorflow,
      }),
      architecture(`timm/efficientnet_lite${number}`, {
        ...lite,
        title: `${name} of timm`,
        pixels: imagenetPixels,
        resizing: ofTimm,
        classifier: "classifier",
        habits: timmHabits,
      }),
    ];
  });

/** EfficientNet B0 and Lite0 to 2 of each source. */
export const efficientnets: readonly Architecture[] = [
  architecture("torchvision/efficientnet_b0", {
    ...b0,
    title: "EfficientNet-B0 of torchvision",
    resizing: { interpolation: "bicubic", crop: { kept: 224, of: 256 } },
    classifier: "classifier.1",
    habits: torchvision,
  }),
  architecture("keras/efficientnetb0", {
    ...b0,
    title: "EfficientNet-B0 of Keras",
    resizing: tensorflowResizing,
    layout: "keras",
    classifier: "predictions",
    habits: keras,
    unused: /^(normalization|rescaling)/,
  }),
  architecture("lukemelas/efficientnet-b0", {
    ...b0,
    title: "EfficientNet-B0 of lukemelas/EfficientNet-PyTorch",
    resizing: { interpolation: "bicubic", crop: { kept: 1, of: 1 } },
    classifier: "_fc",
    habits: lukemelas,
  }),
  architecture("timm/efficientnet_b0", {
    ...b0,
    title: "EfficientNet-B0 of timm",
    resizing: timmResizing,
    classifier: "classifier",
    habits: timmHabits,
  }),
  architecture("timm/tf_efficientnet_b0", {
    ...b0,
    title: "EfficientNet-B0 of timm with TensorFlow's weights",
    resizing: timmResizing,
    classifier: "classifier",
    habits: timmTensorflow,
  }),
  ...lites,
];
