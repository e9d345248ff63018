/** A convolution for each class of shapes that networks are made of, from Inception-v3 and ResNet-50. */
import type { Conv2dShape } from "../../kernels/conv2d.ts";

/** The shapes that stand for their classes. */
export const probedShapes: readonly Conv2dShape[] = [
  square(17, { window: [1, 1], channels: 768, filters: 192 }),
  square(17, { window: [1, 7], channels: 192, filters: 192 }),
  square(147, { window: [3, 3], channels: 32, filters: 64 }),
  square(71, { window: [3, 3], channels: 80, filters: 192 }),
  square(35, { window: [3, 3], channels: 96, filters: 96 }),
  square(35, { window: [1, 1], channels: 288, filters: 64 }),
  square(8, { window: [1, 1], channels: 2048, filters: 320 }),
  square(8, { window: [1, 3], channels: 384, filters: 384 }),
  square(8, { window: [3, 3], channels: 448, filters: 384 }),
  square(149, { window: [3, 3], channels: 3, filters: 32 }),
  square(73, { window: [1, 1], channels: 64, filters: 80 }),
  square(14, { window: [3, 3], channels: 256, filters: 256 }),
  square(14, { window: [1, 1], channels: 256, filters: 1024 }),
  square(28, { window: [1, 1], channels: 512, filters: 128 }),
];

/** A convolution of a square picture by single steps, which keeps its size. */
function square(
  size: number,
  { window: [windowHeight, windowWidth], channels, filters }: {
    window: readonly [height: number, width: number];
    channels: number;
    filters: number;
  },
): Conv2dShape {
  return {
    inHeight: size,
    inWidth: size,
    inChannels: channels,
    outHeight: size,
    outWidth: size,
    outChannels: filters,
    windowHeight,
    windowWidth,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: (windowHeight - 1) / 2,
    padLeft: (windowWidth - 1) / 2,
    yStride: filters,
    yOffset: 0,
  };
}
