/**
 * A constant border around a tensor, or a crop of it.
 *
 * @module
 */
import { ceilDivide, type Kernel, linearWorkgroup } from "./kernel.ts";
import source from "./pad.wgsl" with { type: "text" };

/** Tensors of lower rank have leading ones. */
const params = {
  inBatch: "u32",
  inHeight: "u32",
  inWidth: "u32",
  inChannels: "u32",
  outBatch: "u32",
  outHeight: "u32",
  outWidth: "u32",
  outChannels: "u32",
  /**
   * Border before the first of each axis; what `out` leaves comes after the
   * last. A negative one crops, as the gradient of a pad does.
   */
  beforeBatch: "u32",
  beforeHeight: "u32",
  beforeWidth: "u32",
  beforeChannels: "u32",
  value: "f32",
} as const;

/**
 * x: `(inBatch, inHeight, inWidth, inChannels)` in the midst of y: `(outBatch,
 * outHeight, outWidth, outChannels)`, whose border is `value`. At most 65,535
 * rows in each image and images in a batch.
 */
export const pad: Kernel<typeof params> = {
  name: "pad",
  params,
  reads: () => ({ x: "f32" }),
  writes: () => ({ y: "f32" }),
  texelBindings: () => ["x", "y"],
  source: () => source,
  groups: (params) => [
    ceilDivide(params.outWidth * params.outChannels, linearWorkgroup[0]),
    params.outHeight,
    params.outBatch,
  ],
  cost(params) {
    const inputs = params.inBatch * params.inHeight * params.inWidth *
      params.inChannels;
    const outputs = params.outBatch * params.outHeight * params.outWidth *
      params.outChannels;
    return { flops: 0, bytes: (inputs + outputs) * 4 };
  },
  reference({ params, reads: [x], writes: [y] }) {
    const { outHeight, outWidth, outChannels } = params;
    const { inHeight, inWidth, inChannels } = params;
    y.fill(params.value);
    for (let n = 0; n < params.inBatch; n++) {
      const batch = n + params.beforeBatch;
      if (batch < 0 || batch >= params.outBatch) continue;
      for (let h = 0; h < inHeight; h++) {
        const height = h + params.beforeHeight;
        if (height < 0 || height >= outHeight) continue;
        const row = batch * outHeight + height;
        for (let w = 0; w < inWidth; w++) {
          const width = w + params.beforeWidth;
          if (width < 0 || width >= outWidth) continue;
          const pixel = row * outWidth + width;
          for (let c = 0; c < inChannels; c++) {
            const channel = c + params.beforeChannels;
            if (channel < 0 || channel >= outChannels) continue;
            y[pixel * outChannels + channel] =
              x[((n * inHeight + h) * inWidth + w) * inChannels + c];
          }
        }
      }
    }
  },
  example: () => ({
    params: {
      inBatch: 1,
      inHeight: 1,
      inWidth: 2,
      inChannels: 1,
      outBatch: 1,
      outHeight: 3,
      outWidth: 5,
      outChannels: 1,
      beforeBatch: 0,
      beforeHeight: 1,
      beforeWidth: 2,
      beforeChannels: 0,
      value: -1,
    },
    variant: {},
    reads: [new Float32Array([3, 4])],
    writes: [new Float32Array(15)],
  }),
};
