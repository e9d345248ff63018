/**
 * Which way of computing a convolution an adapter does fastest, as plain data:
 * measured by `src/tune/`, or the preset.
 *
 * @module
 */
import { type Conv2dTile, plainTile } from "./conv2d.ts";
import type { WinogradOutputs } from "./winograd.ts";

/** The ways chosen for an adapter; plain JSON. */
export interface Tuning {
  /** Whether kernels other than convolutions read texels where they can. */
  readonly texels: boolean;
  /** For classes of shapes that are not among `tiles`. */
  readonly preset: Conv2dTile;
  /** By {@linkcode shapeClass}. */
  readonly tiles: Readonly<Record<string, Conv2dTile>>;
  /** Outputs of a tile for classes computed by Winograd's convolution, by {@linkcode shapeClass}. */
  readonly winograd: Readonly<Record<string, WinogradOutputs>>;
}

/** What the class of a convolution follows from. */
export interface ClassedShape {
  /** Channels of the input. */
  readonly inChannels: number;
  /** Rows of pixels of an output image. */
  readonly outHeight: number;
  /** Columns of pixels of an output image. */
  readonly outWidth: number;
  /** Rows of the window. */
  readonly windowHeight: number;
  /** Columns of the window. */
  readonly windowWidth: number;
}

/** For adapters of which nothing is known. */
export const plainTuning: Tuning = {
  texels: false,
  preset: plainTile,
  tiles: {},
  winograd: {},
};

/**
 * For llvmpipe, on which texels are three times as fast for twice the memory, and
 * Winograd's convolution was in every class of windows that was measured: 1.2 to
 * 2.8 times, least where channels are few. Of small pictures four outputs a tile
 * would be too few tiles for one picture alone.
 */
export const texelTuning: Tuning = {
  ...plainTuning,
  texels: true,
  preset: { family: "registers", texels: true, rows: 16 },
  winograd: {
    "square window, shallow, up to 2000 pixels": 4,
    "square window, shallow, more pixels": 4,
    "square window, deep, up to 100 pixels": 2,
    "square window, deep, up to 400 pixels": 4,
    "square window, deep, up to 2000 pixels": 4,
    "square window, deep, more pixels": 4,
    "line window, deep, up to 100 pixels": 4,
    "line window, deep, up to 400 pixels": 4,
  },
};

/**
 * What is taken without measuring. Texels are for llvmpipe alone: other software
 * gains nothing from them, and SwiftShader's compiler does not come back from one
 * of their variants. Nobody but the adapter's name tells which of them it is.
 */
export function presetTuning(
  { description, architecture }: {
    /** The adapter's name; browsers keep it to themselves. */
    readonly description: string;
    /** Its family, where it is told. */
    readonly architecture: string;
  },
): Tuning {
  const isLlvmpipe = /llvmpipe/i.test(`${description} ${architecture}`);
  return isLlvmpipe ? texelTuning : plainTuning;
}

/** The way to compute a convolution. */
export function variantFor(tuning: Tuning, shape: ClassedShape): Conv2dTile {
  return tuning.tiles[shapeClass(shape)] ?? tuning.preset;
}

/** Outputs of a tile, if Winograd's convolution is chosen for the shape's class. */
export function winogradFor(
  tuning: Tuning,
  shape: ClassedShape,
): WinogradOutputs | undefined {
  return shape.inChannels < fewestTransformed
    ? undefined
    : tuning.winograd[shapeClass(shape)];
}

/** Input channels from which on transforms cost less than the products they save. */
const fewestTransformed = 32;

/** Output pixels of an image up to which a shape is in a class: 8x8, 17x17, 35x35 are in three. */
const pixelBounds = [100, 400, 2000];

/** Terms of the sum from which on it is deep. */
const deepFrom = 512;

/**
 * The class of a shape, for which one way is chosen. The batch is no part of
 * it, so that an image is computed in one way whatever the batch.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * strictEqual(
 *   shapeClass({
 *     inChannels: 64,
 *     outHeight: 35,
 *     outWidth: 35,
 *     windowHeight: 3,
 *     windowWidth: 3,
 *   }),
 *   "square window, deep, up to 2000 pixels",
 * );
 * ```
 */
export function shapeClass(shape: ClassedShape): string {
  const { inChannels, windowHeight, windowWidth } = shape;
  // A few channels can only be loaded one by one, which outweighs all else.
  if (inChannels % 4 !== 0) return "channels not in fours";
  const window = windowHeight * windowWidth === 1
    ? "1x1"
    : windowHeight === 1 || windowWidth === 1
    ? "line"
    : "square";
  const depth = windowHeight * windowWidth * inChannels;
  const pixels = shape.outHeight * shape.outWidth;
  const bound = pixelBounds.find((most) => pixels <= most);
  return [
    `${window} window`,
    depth >= deepFrom ? "deep" : "shallow",
    bound === undefined ? "more pixels" : `up to ${bound} pixels`,
  ].join(", ");
}

/** A tile in a few words, such as `registers 16, texels` or `shared 4x4, 8x8 threads`. */
export function tileText(tile: Conv2dTile): string {
  switch (tile.family) {
    case "registers":
      return `registers ${tile.rows}x16, ${tile.texels ? "texels" : "buffers"}`;
    case "shared":
      return `shared ${tile.rows}x${tile.rows}, ${tile.threads}x${tile.threads} threads`;
    default:
      return tile satisfies never;
  }
}
