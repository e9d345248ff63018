/**
 * Networks as a framework has them: layers by that framework's names and of its
 * geometry, and where in its files of weights each of their tensors is.
 *
 * @module
 */
import {
  type Graph,
  type NodeOf,
  type Shape,
  tensorOf,
} from "../src/graph/ir.ts";
import { LayerGraph } from "../src/graph/layers.ts";

/** How pixels of 0 to 255 become what a network takes: `(pixel - mean) / std`. */
export interface PixelScaling {
  /** Of each channel as the network takes them. */
  readonly mean: readonly [number, number, number];
  /** Of each channel as the network takes them. */
  readonly std: readonly [number, number, number];
  /** The order of the channels. */
  readonly order: "rgb" | "bgr";
}

/** The part in the middle of a picture, whatever the input's size. */
export interface CenterCrop {
  /** Of a shorter side of `of`, so much is kept. */
  readonly kept: number;
  /** As long as that is what its shorter side becomes first. */
  readonly of: number;
}

/** How pictures come to the size of a network's input. */
export type Resizing =
  /** Squashed, as TensorFlow 1's ResizeBilinear does it. */
  | { readonly interpolation: "tensorflow" }
  /** As Pillow does it, by the shorter side if the middle is cut out, else squashed. */
  | {
    readonly interpolation: "bilinear" | "bicubic";
    readonly crop?: CenterCrop;
  };

/** Which of two frameworks' habits names and layouts of weights follow. */
export type WeightLayout = "torch" | "keras";

/** A network by its layers. */
export interface Architecture {
  /** Where it is from and what it is called there, such as `torchvision/resnet50`. */
  readonly id: string;
  /** What people call it, such as `ResNet-50 of torchvision`. */
  readonly title: string;
  /** Of its files of weights. */
  readonly layout: WeightLayout;
  /** Height and width of the images it is meant for, in pixels. */
  readonly size: number;
  /** What its released weights were trained with. */
  readonly pixels: PixelScaling;
  /** How the framework brings pictures to its size to judge released weights. */
  readonly resizing: Resizing;
  /** The last layer, a dense one of as many units as classes. */
  readonly classifier: string;
  /** Appends all layers before the classifier to images `(n, h, w, 3)`; gives `(n, features)`. */
  features(layers: LayerGraph, images: string): string;
  /** The framework's names of layers, where ours are others. */
  readonly layerNames?: ReadonlyMap<string, string>;
  /** Layers that the framework numbers as it makes them, whatever came before. */
  readonly numbered?: readonly string[];
  /** Dense layers that are convolutions of one pixel in its files. */
  readonly pointwise?: readonly string[];
  /** Names in its files that have no part in what it computes. */
  readonly unused?: RegExp;
}

/** A network that was built. */
export interface BuiltNetwork {
  /** From `images` `(batch, size, size, 3)` to logits, or to features where there is no classifier. */
  readonly graph: Graph;
  /** The tensor `(batch, features)` before the classifier. */
  readonly features: string;
}

/** How large a network is, and what its weights are. */
export interface BuildOptions {
  /** Images of a batch [1]. */
  readonly batch?: number;
  /** Height and width of the images [the architecture's]. */
  readonly size?: number;
  /** Units of the classifier; 0 leaves it out [1000]. */
  readonly classes?: number;
  /** Decides initial weights [0]. */
  readonly seed?: number;
}

/** Builds a network of variables with initial values; its input is scaled as {@linkcode Architecture.pixels} says. */
export function buildArchitecture(
  architecture: Architecture,
  { batch = 1, size = architecture.size, classes = 1000, seed = 0 }:
    BuildOptions = {},
): BuiltNetwork {
  const layers = new LayerGraph({ seed });
  const images = layers.input("images", [batch, size, size, 3]);
  const features = architecture.features(layers, images);
  const output = classes === 0
    ? features
    : layers.dense(architecture.classifier, features, { units: classes });
  return { graph: layers.finish(output), features };
}

/** One tensor of a network in a file of weights. */
export interface WeightSlot {
  /** Our tensor. */
  readonly tensor: string;
  /** Its shape. */
  readonly shape: Shape;
  /** What the file calls it. */
  readonly name: string;
  /** Its shape in the file. */
  readonly fileShape: Shape;
  /** The file's values in our order. */
  fromFile(values: Float32Array): Float32Array;
  /** Our values in the file's order. */
  toFile(values: Float32Array): Float32Array;
}

/** What decides where a network's weights are in a file. */
export type WeightPlaces = Pick<
  Architecture,
  "layout" | "layerNames" | "pointwise"
>;

/** Where the weights of a network are in the framework's files, in the order of its layers. */
export function weightSlots(places: WeightPlaces, graph: Graph): WeightSlot[] {
  return graph.nodes.flatMap((node): WeightSlot[] => {
    switch (node.op) {
      case "conv2d":
      case "depthwise_conv2d":
      case "matmul": {
        const [, , ...bias] = node.inputs;
        return [
          kernelSlot(places, graph, node),
          ...bias.map((tensor) => plainSlot(places, graph, tensor)),
        ];
      }
      case "batch_norm":
        return node.inputs.slice(1)
          .filter((tensor) => !tensor.endsWith("/ones"))
          .map((tensor) => plainSlot(places, graph, tensor));
      default:
        return [];
    }
  });
}

const torchParts: Readonly<Record<string, string>> = {
  kernel: "weight",
  bias: "bias",
  gamma: "weight",
  beta: "bias",
  moving_mean: "running_mean",
  moving_variance: "running_var",
};

/** A tensor's name in the file, by its layer and what it is there. */
function fileName(
  { layout, layerNames }: WeightPlaces,
  tensor: string,
  kernel = "kernel",
): string {
  const slash = tensor.lastIndexOf("/");
  const [layer, part] = [tensor.slice(0, slash), tensor.slice(slash + 1)];
  const name = layerNames?.get(layer) ?? layer;
  if (layout === "torch") return `${name}.${torchParts[part]}`;
  return `${name}/${part === "kernel" ? kernel : part}`;
}

function plainSlot(
  places: WeightPlaces,
  graph: Graph,
  tensor: string,
): WeightSlot {
  const { shape } = tensorOf(graph, tensor);
  const name = fileName(places, tensor);
  return { tensor, shape, name, fileShape: shape, ...asTheyAre };
}

const asTheyAre = {
  fromFile: (values: Float32Array) => values,
  toFile: (values: Float32Array) => values,
} as const;

type WeightedNode =
  | NodeOf<"conv2d">
  | NodeOf<"depthwise_conv2d">
  | NodeOf<"matmul">;

function kernelSlot(
  places: WeightPlaces,
  graph: Graph,
  node: WeightedNode,
): WeightSlot {
  const [, tensor] = node.inputs;
  const { shape } = tensorOf(graph, tensor);
  const isPointwise = places.pointwise?.includes(node.name) ?? false;
  if (places.layout === "keras") {
    const isDepthwise = node.op === "depthwise_conv2d";
    const kernel = isDepthwise ? "depthwise_kernel" : "kernel";
    const name = fileName(places, tensor, kernel);
    const fileShape = isPointwise ? [1, 1, ...shape] : shape;
    return { tensor, shape, name, fileShape, ...asTheyAre };
  }
  const { fileShape, sizes, order } = torchOrder(node, { graph, shape });
  const back = order.map((_, axis) => order.indexOf(axis));
  const ours = order.map((axis) => sizes[axis]);
  return {
    tensor,
    shape,
    name: fileName(places, tensor),
    fileShape: isPointwise ? [...fileShape, 1, 1] : fileShape,
    fromFile: (values) => transposed(values, sizes, order),
    toFile: (values) => transposed(values, ours, back),
  };
}

/** The shape of a kernel in torch's files, its axes taken apart, and which of them ours are. */
function torchOrder(
  node: WeightedNode,
  { graph, shape }: { readonly graph: Graph; readonly shape: Shape },
): { fileShape: Shape; sizes: Shape; order: readonly number[] } {
  if (node.op === "conv2d") {
    const [height, width, channels, filters] = shape;
    const sizes = [filters, channels, height, width];
    return { fileShape: sizes, sizes, order: [2, 3, 1, 0] };
  }
  if (node.op === "depthwise_conv2d") {
    const [height, width, channels, multiplier] = shape;
    return {
      fileShape: [channels * multiplier, 1, height, width],
      sizes: [channels, multiplier, height, width],
      order: [2, 3, 0, 1],
    };
  }
  const [inputs, units] = shape;
  const fileShape = [units, inputs];
  const flattened = imageBefore(graph, node.inputs[0]);
  if (!flattened) return { fileShape, sizes: fileShape, order: [1, 0] };
  // A row that was an image has its channels first in torch and last here.
  const [, height, width, channels] = flattened;
  const sizes = [units, channels, height, width];
  return { fileShape, sizes, order: [2, 3, 1, 0] };
}

/** The shape of the image that rows are, if they are one in a row. */
function imageBefore(graph: Graph, rows: string): Shape | undefined {
  const node = graph.nodes.find(({ outputs }) => outputs[0] === rows);
  if (node?.op === "dropout") return imageBefore(graph, node.inputs[0]);
  if (node?.op !== "reshape") return undefined;
  const { shape } = tensorOf(graph, node.inputs[0]);
  return shape.length === 4 ? shape : undefined;
}

/** Values of shape `sizes` with their axes in another order: axis `i` becomes what was axis `order[i]`. */
function transposed(
  values: Float32Array,
  sizes: Shape,
  order: readonly number[],
): Float32Array {
  const strides = sizes.map((_, axis) =>
    sizes.slice(axis + 1).reduce((product, size) => product * size, 1)
  );
  const [n0, n1, n2, n3] = four(order.map((axis) => sizes[axis]), 1);
  const [s0, s1, s2, s3] = four(order.map((axis) => strides[axis]), 0);
  const result = new Float32Array(values.length);
  let at = 0;
  for (let i0 = 0; i0 < n0; i0++) {
    for (let i1 = 0; i1 < n1; i1++) {
      for (let i2 = 0; i2 < n2; i2++) {
        const from = i0 * s0 + i1 * s1 + i2 * s2;
        for (let i3 = 0; i3 < n3; i3++) result[at++] = values[from + i3 * s3];
      }
    }
  }
  return result;
}

function four(list: readonly number[], fill: number): readonly number[] {
  return [...Array<number>(4 - list.length).fill(fill), ...list];
}
