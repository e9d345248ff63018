/**
 * Winograd's convolution as dispatches: some images at a time are transformed,
 * multiplied and transformed back.
 *
 * @module
 */
import type { Activation } from "./activation.ts";
import {
  conv2d,
  conv2dCall,
  type Conv2dShape,
  type Conv2dTile,
  pointwise,
} from "./conv2d.ts";
import { dispatch } from "./kernel.ts";
import { fitTexels } from "./texels.ts";
import type { BufferIndex, Step } from "./program.ts";
import {
  winogradFrequencies,
  type WinogradOutputs,
  winogradTiles,
  type WinogradWindow,
} from "./winograd.ts";
import { winogradInput } from "./winograd_input.ts";
import { winogradOutput } from "./winograd_output.ts";

/** Frequencies from which on a thread would hold too many values. */
const maxFrequencies = 64;

/** What the transforms' matrices reach: 4 outputs of 7 taps. */
const maxTaps = 7;

/**
 * Bytes of a transformed tensor at a time, if an image is not more: far below
 * what any adapter binds, and small enough not to be most of a plan's memory.
 */
const chunkBytes = 32 * 2 ** 20;

/** Bytes that a transformed image has at most: a quarter of what any adapter binds. */
const maxImageBytes = 32 * 2 ** 20;

export interface WinogradOptions {
  readonly batch: number;
  /** Outputs of a tile along an axis. */
  readonly outputs: WinogradOutputs;
  readonly activation: Activation;
  /** How the products are divided among threads. */
  readonly tile: Conv2dTile;
  /** The images, the filter as `packWinogradFilter` makes it, and the bias. */
  readonly reads: readonly [BufferIndex, BufferIndex, BufferIndex];
  /** What is added before the activation [nothing]. */
  readonly residual?: BufferIndex | undefined;
  /** Zeros as a bias of the products. */
  readonly zeros: BufferIndex;
  readonly y: BufferIndex;
  scratch(floats: number): BufferIndex;
  readonly label: string;
}

/**
 * Whether a convolution can be computed so: dense windows that move by single
 * steps, of two to seven places along an axis, channels in fours, and tensors
 * that fit where any adapter's do.
 */
export function winogradFits(
  shape: Conv2dShape,
  outputs: WinogradOutputs,
): boolean {
  const { windowHeight, windowWidth } = shape;
  const steps = [
    shape.strideHeight,
    shape.strideWidth,
    shape.dilationHeight,
    shape.dilationWidth,
  ];
  const channels = [
    shape.inChannels,
    shape.outChannels,
    shape.yStride,
    shape.yOffset,
  ];
  const window = { outputs, windowHeight, windowWidth };
  return windowHeight * windowWidth > 1 &&
    Math.max(windowHeight, windowWidth) <= maxTaps &&
    winogradFrequencies(window) <= maxFrequencies &&
    steps.every((step) => step === 1) &&
    channels.every((count) => count % 4 === 0) &&
    imageBytes(shape, window) <= maxImageBytes;
}

/** Bytes of the larger of an image's two transformed tensors. */
function imageBytes(shape: Conv2dShape, window: WinogradWindow): number {
  const { tileRows, tileColumns } = winogradTiles(window, shape);
  return 4 * winogradFrequencies(window) * tileRows * tileColumns *
    Math.max(shape.inChannels, shape.outChannels);
}

/**
 * The steps of a convolution; only for shapes that {@linkcode winogradFits}.
 * How many images are computed at a time changes no sum.
 */
export function winogradSteps(
  shape: Conv2dShape,
  options: WinogradOptions,
): Step[] {
  const { batch, outputs, scratch } = options;
  const { windowHeight, windowWidth } = shape;
  const window = { outputs, windowHeight, windowWidth };
  const chunk = Math.min(
    batch,
    Math.max(1, Math.floor(chunkBytes / imageBytes(shape, window))),
  );
  const { tileRows, tileColumns } = winogradTiles(window, shape);
  const tiles = winogradFrequencies(window) * chunk * tileRows * tileColumns;
  const buffers = {
    transformed: scratch(tiles * shape.inChannels),
    products: scratch(tiles * shape.outChannels),
  };
  const steps: Step[] = [];
  for (let firstImage = 0; firstImage < batch; firstImage += chunk) {
    const images = Math.min(chunk, batch - firstImage);
    steps.push(...chunkSteps(shape, {
      ...options,
      ...buffers,
      window,
      counts: { tileRows, tileColumns, firstImage, images },
    }));
  }
  return steps;
}

/** What is computed at a time. */
interface ChunkCounts {
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly firstImage: number;
  readonly images: number;
}

/** The product of the transformed images and filters: the tiles of one frequency are an image, one tile wide. */
function productOf(
  { inChannels, outChannels }: Conv2dShape,
  { window, counts: { images, tileRows, tileColumns }, tile }: {
    readonly window: WinogradWindow;
    readonly counts: ChunkCounts;
    readonly tile: Conv2dTile;
  },
) {
  const height = images * tileRows * tileColumns;
  const parts = winogradFrequencies(window);
  return conv2dCall(
    pointwise({ height, inChannels, outChannels }),
    { batch: 1, parts, activation: "none", tile },
  );
}

/** Three steps, which compute some of the images. */
function chunkSteps(
  shape: Conv2dShape,
  { window, counts, transformed, products, ...options }: WinogradOptions & {
    readonly window: WinogradWindow;
    readonly counts: ChunkCounts;
    readonly transformed: BufferIndex;
    readonly products: BufferIndex;
  },
): Step[] {
  const { inHeight, inWidth, inChannels, outHeight, outWidth } = shape;
  const { outChannels, padTop, padLeft, yStride, yOffset } = shape;
  const { activation, label, residual, reads: [x, filter, bias] } = options;
  const floats = options.batch * inHeight * inWidth * inChannels;
  const { params, variant } = productOf(shape, { ...options, window, counts });
  // What passes between the steps has no other readers: it need not be a buffer.
  const texels = variant.family === "registers" && variant.texels;
  return [
    dispatch(winogradInput, {
      params: {
        ...{ inHeight, inWidth, padTop, padLeft, ...counts },
        channelVectors: inChannels / 4,
      },
      variant: {
        ...window,
        texels: texels && fitTexels(floats),
        texelStores: texels,
      },
      reads: [x],
      writes: [transformed],
      label,
    }),
    dispatch(conv2d, {
      params,
      variant: { ...variant, texelStores: texels },
      reads: [transformed, filter, options.zeros],
      writes: [products],
      label,
    }),
    dispatch(winogradOutput, {
      params: {
        ...{ outHeight, outWidth, yStride, yOffset, ...counts },
        channelVectors: outChannels / 4,
      },
      variant: {
        ...window,
        ...{ activation, texels },
        ...residual !== undefined && { hasResidual: true },
      },
      reads: [products, bias, ...residual === undefined ? [] : [residual]],
      writes: [options.y],
      label,
    }),
  ];
}
