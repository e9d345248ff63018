/**
 * VGG-16 (Simonyan and Zisserman 2015, arXiv:1409.1556) as torchvision and Keras
 * have it, and AlexNet (Krizhevsky 2014, arXiv:1404.5997) as torchvision has it:
 * convolutions in a row, then three dense layers.
 *
 * @module
 */
import type { LayerGraph, PoolOptions } from "../src/graph/layers.ts";
import type { Architecture } from "./architecture.ts";
import {
  caffePixels,
  imagenetPixels,
  tensorflowResizing,
  torchNorm,
  torchvisionResizing,
} from "./habits.ts";

interface Convolution {
  readonly name: string;
  readonly channels: number;
  readonly size: number;
  readonly stride?: number;
  readonly padding: number;
  /** The batch norm behind it, if it has one. */
  readonly norm?: string | undefined;
}

/** A layer of the first part. */
type Layer = Convolution | { readonly pool: PoolOptions };

const halving = { pool: { size: 2, stride: 2 } } as const;

/** Channels of VGG-16's convolutions, 3x3 all of them, between its pools. */
const vggStages = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
] as const;

/** torchvision counts activations, pools and batch norms too. */
function torchvisionLayers(hasNorms: boolean): Layer[] {
  let next = 0;
  return vggStages.flatMap((stage) => {
    const convolutions = stage.map((channels): Layer => {
      const at = next;
      next += hasNorms ? 3 : 2;
      return {
        name: `features.${at}`,
        channels,
        size: 3,
        padding: 1,
        norm: hasNorms ? `features.${at + 1}` : undefined,
      };
    });
    next++;
    return [...convolutions, halving];
  });
}

const kerasLayers = vggStages.flatMap((stage, index): Layer[] => [
  ...stage.map((channels, at) => ({
    name: `block${index + 1}_conv${at + 1}`,
    channels,
    size: 3,
    padding: 1,
  })),
  halving,
]);

const overlapping = { pool: { size: 3, stride: 2 } } as const;

const alexnetLayers: readonly Layer[] = [
  { name: "features.0", channels: 64, size: 11, stride: 4, padding: 2 },
  overlapping,
  { name: "features.3", channels: 192, size: 5, padding: 2 },
  overlapping,
  { name: "features.6", channels: 384, size: 3, padding: 1 },
  { name: "features.8", channels: 256, size: 3, padding: 1 },
  { name: "features.10", channels: 256, size: 3, padding: 1 },
  overlapping,
];

function convolutions(
  layers: LayerGraph,
  images: string,
  list: readonly Layer[],
): string {
  let x = images;
  let pools = 0;
  for (const layer of list) {
    if ("pool" in layer) {
      x = layers.maxPool(`pool${++pools}`, x, layer.pool);
      continue;
    }
    const { name, norm, ...options } = layer;
    const activation = "relu";
    x = norm === undefined
      ? layers.convolution(name, x, { ...options, activation })
      : layers.batchNorm(norm, layers.convolution(name, x, options), {
        ...torchNorm,
        activation,
      });
  }
  return x;
}

/** Where dropout stands around the first two dense layers. */
type Dropped = "before" | "after" | "nowhere";

function denseLayers(
  layers: LayerGraph,
  x: string,
  { names, hidden, dropped }: {
    readonly names: readonly string[];
    readonly hidden: number;
    readonly dropped: Dropped;
  },
): string {
  let rows = layers.flatten("flatten", x);
  const drop = (name: string) => {
    rows = layers.dropout(`${name}/dropout`, rows, 0.5);
  };
  for (const name of names) {
    if (dropped === "before") drop(name);
    rows = layers.dense(name, rows, { units: hidden, activation: "relu" });
    if (dropped === "after") drop(name);
  }
  return rows;
}

/** Units of the first two dense layers. */
const released = 4096;

const told = {
  layout: "torch",
  size: 224,
  pixels: imagenetPixels,
  resizing: torchvisionResizing,
} as const;

/** torchvision's VGG-16, whose classifier has two more layers of `hidden` units. */
export function torchvisionVgg16(
  { hasNorms = false, hidden = released } = {},
): Architecture {
  return {
    ...told,
    id: `torchvision/vgg16${hasNorms ? "_bn" : ""}`,
    title: `VGG-16 ${hasNorms ? "with batch norms " : ""}of torchvision`,
    classifier: "classifier.6",
    features(layers, images) {
      const x = convolutions(layers, images, torchvisionLayers(hasNorms));
      return denseLayers(layers, layers.adaptiveAveragePool("avgpool", x, 7), {
        names: ["classifier.0", "classifier.3"],
        hidden,
        dropped: "after",
      });
    },
  };
}

/** torchvision's AlexNet, whose classifier has two more layers of `hidden` units. */
export function torchvisionAlexnet({ hidden = released } = {}): Architecture {
  return {
    ...told,
    id: "torchvision/alexnet",
    title: "AlexNet of torchvision",
    classifier: "classifier.6",
    features(layers, images) {
      const x = convolutions(layers, images, alexnetLayers);
      return denseLayers(layers, layers.adaptiveAveragePool("avgpool", x, 6), {
        names: ["classifier.1", "classifier.4"],
        hidden,
        dropped: "before",
      });
    },
  };
}

const keras = {
  layout: "keras",
  size: 224,
  pixels: caffePixels,
  resizing: tensorflowResizing,
  classifier: "predictions",
} as const;

/** VGG-16 and AlexNet. */
export const vggs: readonly Architecture[] = [
  torchvisionVgg16(),
  torchvisionVgg16({ hasNorms: true }),
  torchvisionAlexnet(),
  {
    ...keras,
    id: "keras/vgg16",
    title: "VGG-16 of Keras",
    features: (layers, images) =>
      denseLayers(layers, convolutions(layers, images, kerasLayers), {
        names: ["fc1", "fc2"],
        hidden: released,
        dropped: "nowhere",
      }),
  },
  {
    ...keras,
    id: "keras/vgg16_notop",
    title: "VGG-16 of Keras without its dense layers",
    features: (layers, images) =>
      layers.meanOverSpace(
        "features",
        convolutions(layers, images, kerasLayers),
      ),
  },
];
