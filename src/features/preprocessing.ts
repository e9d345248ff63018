/** Pixels as a graph's placeholder wants them. */
import type { Precision } from "../../kernels/half.ts";
import type { Resampling } from "../../kernels/resample_images.ts";
import type { CenterCrop, Resizing } from "../../models/architecture.ts";
import { UsageError } from "../errors.ts";
import {
  type Graph,
  GrowingGraph,
  type Node,
  type Tensor,
  tensorOf,
} from "../graph/mod.ts";
import type { PassName, Resize } from "../passes/mod.ts";

/** What a user may say about a graph that does not say it itself. */
export interface ModelOptions {
  /** The tensor that is fed [the only placeholder]. */
  readonly inputTensor?: string | undefined;
  /** The tensor whose values are the features [the likeliest]. */
  readonly bottleneckTensor?: string | undefined;
  /**
   * Height and width of the input [those in the file], for graphs without a
   * ResizeBilinear of their own.
   */
  readonly inputSize?: number | undefined;
  /** Subtracted from each pixel [127.5], for such graphs. */
  readonly mean?: PixelValues | undefined;
  /** What each pixel is divided by afterwards [127.5], for such graphs. */
  readonly std?: PixelValues | undefined;
  /** In which order such graphs take colours [rgb]. */
  readonly channelOrder?: ChannelOrder | undefined;
  /**
   * How pictures come to that size [by TensorFlow 1's ResizeBilinear, which
   * squashes], for such graphs; the next three are over it.
   */
  readonly resampling?: Resampling | "tensorflow" | undefined;
  /** What makes pixels of others [as `resampling` says]. */
  readonly interpolation?: Interpolation | undefined;
  /** What becomes of pictures that are no squares [as `resampling` says]. */
  readonly cropMode?: CropMode | undefined;
  /** Which share of the shorter side is kept, above 0 to 1 [as `resampling` says, else 0.875]. */
  readonly cropPct?: number | undefined;
  /** How JPEGs are decoded [as the graph's DecodeJpeg says; INTEGER_ACCURATE for graphs without one]. */
  readonly dctMethod?: Resize["dctMethod"] | undefined;
  /** How the weights of convolutions and matrix products are kept on the GPU [f32]. */
  readonly precision?: Precision | undefined;
  /** Inputs of one value, such as `is_training=false` [none]. */
  readonly set?: readonly string[] | undefined;
  /** Passes to leave out, such as `foldBatchNorm` [none]. */
  readonly without?: readonly PassName[] | undefined;
}

/** One number for all channels of a pixel, or one for each in the graph's order. */
export type PixelValues = number | readonly number[];

/** The orders of colours there are: most graphs take `rgb`, those from Caffe `bgr`. */
export const channelOrders = ["rgb", "bgr"] as const;

/** One of {@linkcode channelOrders}. */
export type ChannelOrder = typeof channelOrders[number];

/** What makes pixels of others: TensorFlow 1's ResizeBilinear, or Pillow's filters. */
export const interpolations = ["tensorflow", "bilinear", "bicubic"] as const;

/** One of {@linkcode interpolations}. */
export type Interpolation = typeof interpolations[number];

/** What becomes of pictures that are no squares, as timm calls it: the middle is cut out, or they are squashed. */
export const cropModes = ["center", "squash"] as const;

/** One of {@linkcode cropModes}. */
export type CropMode = typeof cropModes[number];

/** What happens to a picture before the graph; stored with whatever is trained. */
export type Preprocessing =
  | {
    readonly kind: "in-graph";
    /** Where it is not `INTEGER_ACCURATE`. */
    readonly dctMethod?: "INTEGER_FAST";
  }
  | {
    readonly kind: "resize";
    readonly size: number;
    readonly mean: PixelValues;
    readonly std: PixelValues;
    /** Where it is not `rgb`. */
    readonly channelOrder?: "bgr";
    /** Where it is not TensorFlow 1's ResizeBilinear, which squashes. */
    readonly resampling?: Resampling;
  };

const channels = 3;

/** How pixels are scaled where nobody says: to -1 to 1. */
const defaultScale = 127.5;

/** How the pixels of pictures of that size become a graph's input. */
export function pixelScaling(
  options: ModelOptions,
  { size, notes }: { readonly size: number; readonly notes: string[] },
): Preprocessing & { kind: "resize" } {
  const { mean, std, channelOrder } = options;
  const resampling = resamplingOf(options, size);
  const scaling = {
    mean: channelValues("--mean", mean ?? defaultScale),
    std: channelValues("--std", std ?? defaultScale),
  };
  if (mean === undefined || std === undefined) {
    notes.push(
      `the graph does not say how its input is scaled: pixels become (pixel - ${scaling.mean}) / ${scaling.std}; change it with --mean and --std`,
    );
  }
  return {
    kind: "resize",
    size,
    ...scaling,
    ...channelOrder === "bgr" && { channelOrder },
    ...resampling && { resampling },
  };
}

/** timm's, where a part is cut out and nobody says how much. */
const usualCropPct = 0.875;

/** As `--interpolation`, `--crop-mode` and `--crop-pct` say, and else as the options do; nothing for TensorFlow's. */
function resamplingOf(
  { resampling = "tensorflow", interpolation, cropMode, cropPct }: ModelOptions,
  size: number,
): Resampling | undefined {
  const known = resampling === "tensorflow" ? undefined : resampling;
  const filter = interpolation ?? known?.filter ?? "tensorflow";
  if (filter === "tensorflow") {
    const flag = cropPct !== undefined ? "--crop-pct" : "--crop-mode";
    if ((cropPct ?? cropMode) === undefined) return undefined;
    throw new UsageError(
      `${flag} is for pictures that are resized as Pillow does it, and TensorFlow's resize squashes them: add --interpolation bilinear or bicubic, or leave it out`,
    );
  }
  if (cropMode === "squash") {
    if (cropPct === undefined) return { filter };
    throw new UsageError(
      "--crop-pct says how much is kept in the middle, and --crop-mode squash keeps all: leave one of them out",
    );
  }
  const kept = cropPct ??
    (cropMode && known?.shorterSide === undefined ? usualCropPct : undefined);
  const shorterSide = kept === undefined
    ? known?.shorterSide
    : shorterSideOf({ kept, of: 1 }, size);
  return checkedResampling({ filter, shorterSide }, size);
}

/** What the shorter side becomes for an input of that size; exact for whole numbers, and timm's floor of a quotient else. */
function shorterSideOf({ kept, of }: CenterCrop, size: number): number {
  return Math.floor(size * of / kept);
}

/** How pictures come to an input of that size. */
export function resamplingAt(
  resizing: Resizing,
  size: number,
): Resampling | "tensorflow" {
  if (resizing.interpolation === "tensorflow") return "tensorflow";
  const { interpolation: filter, crop } = resizing;
  return crop ? { filter, shorterSide: shorterSideOf(crop, size) } : { filter };
}

/** No picture needs more; `run.json` takes no more. */
const longestShorterSide = 65536;

/** Its facts in one order, as they are part of what cached rows are known by. */
function checkedResampling(
  { filter, shorterSide }: {
    readonly filter: Resampling["filter"];
    readonly shorterSide: number | undefined;
  },
  size: number,
): Resampling {
  if (shorterSide === undefined) return { filter };
  if (shorterSide >= size && shorterSide <= longestShorterSide) {
    return { filter, shorterSide };
  }
  throw new UsageError(
    `Pictures of ${size} pixels a side cannot be cut out where the shorter side becomes ${shorterSide}: make it ${size} to ${longestShorterSide} (--crop-pct)`,
  );
}

/** One number for all channels, or one for each. */
function channelValues(flag: string, values: PixelValues): PixelValues {
  if (typeof values === "number") return values;
  if (values.length === 1) return values[0];
  if (values.length === channels) return values;
  throw new UsageError(
    `${flag} takes one number or ${channels}, one a channel, got ${
      values.join(",")
    }`,
  );
}

/** The graph with `(pixel - mean) * (1 / std)` before its input, channels in its own order. */
export function normalise(
  graph: Graph,
  { size, mean, std, channelOrder, resampling }: Preprocessing & {
    kind: "resize";
  },
): { graph: Graph; resize: Resize } {
  const [input] = graph.inputs;
  // TensorFlow's names have no spaces, so these are new to any graph.
  const pixels = new GrowingGraph();
  const { shape } = tensorOf(graph, input);
  let image = pixels.input("resized pixels", shape);
  if (channelOrder === "bgr") image = swapChannels(pixels, image);
  const factor = typeof std === "number"
    ? 1 / std
    : std.map((value) => 1 / value);
  const steps = [
    ["sub", "pixel mean", mean],
    ["mul", "pixel scale", factor],
  ] as const;
  for (const [operation, name, values] of steps) {
    const constant = constantOf(name, values);
    [image] = pixels.append({
      op: "binary",
      inputs: [image, pixels.add(constant)],
      attributes: { function: operation, activation: "none" },
    }, { name: `pixel preprocessing/${operation}` });
  }
  const nodes = graph.nodes.map((node): Node => ({
    ...node,
    inputs: node.inputs.map((name) => name === input ? image : name),
  }));
  const tensors = new Map([...graph.tensors, ...pixels.tensors]);
  tensors.delete(input);
  return {
    graph: {
      nodes: [...pixels.nodes, ...nodes],
      tensors,
      inputs: pixels.inputs,
      outputs: graph.outputs,
    },
    resize: {
      height: size,
      width: size,
      alignCorners: false,
      halfPixelCenters: false,
      dctMethod: "INTEGER_ACCURATE",
      ...resampling && { resampling },
    },
  };
}

/** The channels the other way round, by a convolution of one pixel: exact, as all but one product is 0. */
function swapChannels(graph: GrowingGraph, image: string): string {
  const reversal = graph.add({
    name: "pixel channels",
    shape: [1, 1, channels, channels],
    dtype: "f32",
    constant: {
      read: () => Float32Array.of(0, 0, 1, 0, 1, 0, 1, 0, 0),
      preparesPixels: true,
    },
  });
  const [swapped] = graph.append({
    op: "conv2d",
    inputs: [image, reversal],
    attributes: {
      strides: { height: 1, width: 1 },
      dilations: { height: 1, width: 1 },
      pads: { top: 0, bottom: 0, left: 0, right: 0 },
      activation: "none",
    },
  }, { name: "pixel preprocessing/swap" });
  return swapped;
}

function constantOf(name: string, values: PixelValues): Tensor {
  const data = typeof values === "number" ? [values] : values;
  return {
    name,
    shape: typeof values === "number" ? [] : [values.length],
    dtype: "f32",
    constant: { read: () => Float32Array.from(data), preparesPixels: true },
  };
}
