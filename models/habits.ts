/** What frameworks do alike in many networks. */
import type { BatchNormOptions } from "../src/graph/layers.ts";
import type { PixelScaling, Resizing } from "./architecture.ts";

/** ImageNet's mean and deviation, as torchvision and timm scale pixels. */
export const imagenetPixels: PixelScaling = {
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
  order: "rgb",
};

/** From -1 to 1, as Keras calls `tf`. */
export const signedPixels: PixelScaling = {
  mean: [127.5, 127.5, 127.5],
  std: [127.5, 127.5, 127.5],
  order: "rgb",
};

/** Blue first, less ImageNet's mean, as Keras calls `caffe`. */
export const caffePixels: PixelScaling = {
  mean: [103.939, 116.779, 123.68],
  std: [1, 1, 1],
  order: "bgr",
};

/** torchvision's, but for EfficientNet's filter: 256 pixels, of which 224 are kept. */
export const torchvisionResizing = {
  interpolation: "bilinear",
  crop: { kept: 224, of: 256 },
} as const satisfies Resizing;

/** timm's, where its `crop_pct` is the usual one. */
export const timmResizing = {
  interpolation: "bicubic",
  crop: { kept: 0.875, of: 1 },
} as const satisfies Resizing;

/** That of Keras's networks. */
export const tensorflowResizing = {
  interpolation: "tensorflow",
} as const satisfies Resizing;

/** PyTorch's BatchNorm2d. */
export const torchNorm: BatchNormOptions = {
  epsilon: 1e-5,
  momentum: 0.9,
  averages: "fused",
};

/** A whole number of `divisor` near `value`, and not less than nine tenths of it. */
export function divisible(value: number, divisor = 8): number {
  const nearest = Math.max(
    divisor,
    Math.floor((value + divisor / 2) / divisor) * divisor,
  );
  return nearest < 0.9 * value ? nearest + divisor : nearest;
}
