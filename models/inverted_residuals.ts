/**
 * Networks of inverted residuals (Sandler and others 2018, arXiv:1801.04381):
 * MobileNetV2 and V3, EfficientNet. A block widens its channels, filters each by
 * itself, may excite them, and narrows them again.
 *
 * @module
 */
import type { ActivationFunction } from "../kernels/activation.ts";
import type { BatchNormOptions, LayerGraph } from "../src/graph/layers.ts";
import { torchNorm } from "./habits.ts";

/** One block. */
export interface InvertedBlock {
  /** Height and width of the window, in pixels. */
  readonly kernel: number;
  /** Pixels from one window to the next. */
  readonly stride: number;
  /** Channels in between; those of its input for a block that does not widen. */
  readonly expanded: number;
  /** Channels of its output. */
  readonly channels: number;
  /** Channels between squeeze and excitation; none without. */
  readonly squeezed?: number | undefined;
  /** After widening and filtering. */
  readonly activation: ActivationFunction;
}

/** A layer and the batch norm behind it. */
export type ConvolutionNames = readonly [layer: string, norm: string];

/** The names of a block's layers. */
export interface BlockNames {
  /** What the sum at its end is called, where there is one. */
  readonly block: string;
  readonly expand: ConvolutionNames;
  readonly depthwise: ConvolutionNames;
  readonly reduce: string;
  readonly excite: string;
  readonly project: ConvolutionNames;
}

/** Where a block stands, and which of the layers that may lack it has. */
export interface BlockPlace {
  /** Of its stage, from 0. */
  readonly stage: number;
  /** In its stage, from 0. */
  readonly at: number;
  /** In the network, from 0. */
  readonly number: number;
  readonly expands: boolean;
  readonly squeezes: boolean;
}

/** What frameworks do in different ways. */
export interface InvertedHabits {
  readonly stem: ConvolutionNames;
  readonly head: ConvolutionNames;
  names(place: BlockPlace): BlockNames;
  /** Pads as wide on each side, or TensorFlow's: they differ where a window takes steps of two. */
  readonly padding: "symmetric" | "SAME";
  readonly norm: BatchNormOptions;
}

/** All of a network but its classifier. */
export interface InvertedNetwork {
  /** Channels of the first convolution, which is 3x3 and halves the image. */
  readonly stem: number;
  readonly stages: readonly (readonly InvertedBlock[])[];
  /** Channels of the last convolution. */
  readonly head: number;
  /** After the first and the last. */
  readonly activation: ActivationFunction;
  /** Makes the factors of an excitation [sigmoid]. */
  readonly gate?: ActivationFunction;
  /** After what an excitation squeezes [the block's]. */
  readonly squeezeActivation?: ActivationFunction;
}

/** Appends the layers up to the mean over height and width. */
export function invertedFeatures(
  layers: LayerGraph,
  images: string,
  { network, habits }: {
    readonly network: InvertedNetwork;
    readonly habits: InvertedHabits;
  },
): string {
  const { activation } = network;
  const builder = new Builder(layers, network, habits);
  let x = builder.convolve(habits.stem, images, {
    channels: network.stem,
    size: 3,
    stride: 2,
    activation,
  });
  let number = 0;
  for (const [stage, blocks] of network.stages.entries()) {
    for (const [at, block] of blocks.entries()) {
      x = builder.block(block, x, { stage, at, number: number++ });
    }
  }
  x = builder.convolve(habits.head, x, {
    channels: network.head,
    size: 1,
    activation,
  });
  return layers.meanOverSpace("features", x);
}

class Builder {
  readonly #layers: LayerGraph;
  readonly #network: InvertedNetwork;
  readonly #habits: InvertedHabits;

  constructor(
    ...[layers, network, habits]: readonly [
      LayerGraph,
      InvertedNetwork,
      InvertedHabits,
    ]
  ) {
    this.#layers = layers;
    this.#network = network;
    this.#habits = habits;
  }

  /** A convolution, of all channels or, without their number, of each by itself, and its batch norm. */
  convolve(
    [layer, norm]: ConvolutionNames,
    x: string,
    { channels, size, stride = 1, activation = "none" }: {
      readonly channels?: number;
      readonly size: number;
      readonly stride?: number;
      readonly activation?: ActivationFunction | "none";
    },
  ): string {
    const { padding, norm: options } = this.#habits;
    const window = {
      size,
      stride,
      padding: padding === "SAME" ? padding : (size - 1) / 2,
      bias: false,
    } as const;
    const y = channels === undefined
      ? this.#layers.depthwise(layer, x, window)
      : this.#layers.convolution(layer, x, { ...window, channels });
    return this.#layers.batchNorm(norm, y, { ...options, activation });
  }

  block(
    { kernel: size, stride, expanded, channels, squeezed, activation }:
      InvertedBlock,
    x: string,
    place: Pick<BlockPlace, "stage" | "at" | "number">,
  ): string {
    const inputs = this.#layers.shape(x).at(-1);
    const [expands, squeezes] = [expanded !== inputs, squeezed !== undefined];
    const names = this.#habits.names({ ...place, expands, squeezes });
    let y = x;
    if (expands) {
      const options = { channels: expanded, size: 1, activation };
      y = this.convolve(names.expand, y, options);
    }
    y = this.convolve(names.depthwise, y, { size, stride, activation });
    if (squeezed !== undefined) {
      const { gate = "sigmoid", squeezeActivation } = this.#network;
      y = this.#layers.excite(`${names.block}/excited`, y, {
        reduce: names.reduce,
        expand: names.excite,
        channels: squeezed,
        activation: squeezeActivation ?? activation,
        gate,
      });
    }
    y = this.convolve(names.project, y, { channels, size: 1 });
    if (stride !== 1 || channels !== inputs) return y;
    const sum = { function: "add" } as const;
    return this.#layers.combine(names.block, [y, x], sum);
  }
}

/** Names of torchvision's blocks that count their layers: each a convolution `.0` with its norm `.1`. */
export function countedNames(
  block: string,
  { expands, squeezes }: Pick<BlockPlace, "expands" | "squeezes">,
): BlockNames {
  const first = expands ? 1 : 0;
  const pair = (at: number) =>
    [`${block}.${at}.0`, `${block}.${at}.1`] as const;
  const excitation = `${block}.${first + 1}`;
  return {
    block,
    expand: pair(0),
    depthwise: pair(first),
    reduce: `${excitation}.fc1`,
    excite: `${excitation}.fc2`,
    project: pair(first + (squeezes ? 2 : 1)),
  };
}

/** timm's names of blocks. */
export function timmNames(
  { stage, at, expands }: Pick<BlockPlace, "stage" | "at" | "expands">,
): BlockNames {
  const block = `blocks.${stage}.${at}`;
  const [first, second, third] = expands
    ? ["conv_pw", "conv_dw", "conv_pwl"]
    : ["", "conv_dw", "conv_pw"];
  const norm = expands ? 2 : 1;
  return {
    block,
    expand: [`${block}.${first}`, `${block}.bn1`],
    depthwise: [`${block}.${second}`, `${block}.bn${norm}`],
    reduce: `${block}.se.conv_reduce`,
    excite: `${block}.se.conv_expand`,
    project: [`${block}.${third}`, `${block}.bn${norm + 1}`],
  };
}

/** timm's, with weights of its own. */
export const timmHabits: InvertedHabits = {
  stem: ["conv_stem", "bn1"],
  head: ["conv_head", "bn2"],
  names: timmNames,
  padding: "symmetric",
  norm: torchNorm,
};
