/**
 * TensorFlow's ResizeBilinear for tensors.
 *
 * @module
 */
import { resizeGroups, resizeReference, resizeWorkgroup } from "./_resize.ts";
import interpolationSource from "./_resize.wgsl" with { type: "text" };
import type { Kernel } from "./kernel.ts";
import source from "./resize_bilinear.wgsl" with { type: "text" };
import { destinationParams } from "./vector.ts";

export { type ResizeRules, resizeScale } from "./_resize.ts";

const params = {
  batch: "u32",
  inHeight: "u32",
  inWidth: "u32",
  channels: "u32",
  outHeight: "u32",
  outWidth: "u32",
  /** Input rows per output row: {@linkcode resizeScale}. */
  heightScale: "f32",
  /** Input columns per output column: {@linkcode resizeScale}. */
  widthScale: "f32",
  ...destinationParams,
} as const;

export type ResizeBilinearVariant = { halfPixelCenters: boolean };

/**
 * x: `(batch, inHeight, inWidth, channels)`, y: `(batch, outHeight, outWidth,
 * yStride)`, of which the channels from `yOffset` on are written. Arithmetic and
 * its order are those of tensorflow/core/kernels/image/resize_bilinear_op.cc.
 */
export const resizeBilinear: Kernel<
  typeof params,
  ResizeBilinearVariant
> = {
  name: "resize_bilinear",
  params,
  reads: () => ({ x: "f32" }),
  writes: () => ({ y: "f32" }),
  workgroup: () => resizeWorkgroup,
  constants: ({ halfPixelCenters }) => ({
    HALF_PIXEL_CENTERS: halfPixelCenters,
  }),
  source: () => interpolationSource + source,
  groups: (params) => resizeGroups(params.batch, params),
  cost(params) {
    const outputs = params.batch * params.outHeight * params.outWidth *
      params.channels;
    const inputs = params.batch * params.inHeight * params.inWidth *
      params.channels;
    // Of a large input only the four pixels around each position are read.
    const read = Math.min(inputs, 4 * outputs);
    return { flops: outputs * 9, bytes: (read + outputs) * 4 };
  },
  reference({ params, variant, reads: [x], writes: [y] }) {
    const { inHeight, inWidth, channels, yStride, yOffset } = params;
    for (let image = 0; image < params.batch; image++) {
      const first = image * params.outHeight * params.outWidth;
      resizeReference(x.subarray(image * inHeight * inWidth * channels), {
        ...{ ...params, ...variant },
        rows: { size: inHeight, scale: params.heightScale },
        columns: { size: inWidth, scale: params.widthScale },
        store(value, pixel, channel) {
          y[(first + pixel) * yStride + yOffset + channel] = value;
        },
      });
    }
  },
  example: () => ({
    params: {
      batch: 1,
      inHeight: 2,
      inWidth: 3,
      channels: 1,
      outHeight: 3,
      outWidth: 5,
      heightScale: Math.fround(2 / 3),
      widthScale: Math.fround(3 / 5),
      yStride: 1,
      yOffset: 0,
    },
    variant: { halfPixelCenters: false },
    reads: [new Float32Array([0, 10, 20, 30, 40, 50])],
    writes: [new Float32Array(15)],
  }),
};
