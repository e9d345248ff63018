/**
 * Max and average pooling.
 *
 * @module
 */
import { ceilDivide, type Kernel } from "./kernel.ts";
import { type Bindings, loadFunctions, storeFunctions } from "./texels.ts";
import source from "./pool.wgsl" with { type: "text" };
import {
  elementAlias,
  elementOf,
  groupsAtMost,
  type VectorWidth,
  withTexelStores,
} from "./vector.ts";

/** Uniforms of {@linkcode pool}. */
export type PoolParams = {
  batch: number;
  inHeight: number;
  inWidth: number;
  channels: number;
  outHeight: number;
  outWidth: number;
  windowHeight: number;
  windowWidth: number;
  strideHeight: number;
  strideWidth: number;
  padTop: number;
  padLeft: number;
  /** Channels of a pixel of the destination. */
  yStride: number;
  /** The destination's first channel. */
  yOffset: number;
};

/** What specialises {@linkcode pool}. */
export type PoolVariant = {
  kind: "max" | "average";
  /** 4 needs channels, `yStride` and `yOffset` in fours. */
  vector: VectorWidth;
  /** Whether x is read as texels: needs a vector of 4. */
  texels: boolean;
  /** Whether y is written as texels: needs a vector of 4 [false]. */
  texelStores?: boolean;
};

/** Threads along channels, width and rows: width by tiles of {@linkcode pixels}. */
const workgroup = [8, 4, 2] as const;

/** Neighbouring pixels of a row that a thread computes; the WGSL names each. */
const pixels = 4;

/**
 * Pooling that leaves padding out, of the maximum as of the average's count.
 * x: `(batch, inHeight, inWidth, channels)`, y: `(batch, outHeight, outWidth,
 * yStride)`, of which the channels from `yOffset` on are written. Every window
 * must hold at least one pixel of x, as TensorFlow's SAME and VALID see to.
 */
export const pool: Kernel<PoolParams, PoolVariant> = {
  name: "pool",
  params: {
    batch: "u32",
    inHeight: "u32",
    inWidth: "u32",
    channels: "u32",
    outHeight: "u32",
    outWidth: "u32",
    windowHeight: "u32",
    windowWidth: "u32",
    strideHeight: "u32",
    strideWidth: "u32",
    padTop: "u32",
    padLeft: "u32",
    yStride: "u32",
    yOffset: "u32",
  },
  reads,
  writes,
  withTexels: withTexelStores,
  workgroup: () => workgroup,
  constants: ({ kind, vector }) => ({
    AVERAGE: kind === "average",
    VECTOR: vector,
    PIXELS: pixels,
  }),
  source: (variant) =>
    [
      elementAlias(variant.vector),
      loadFunctions(reads(variant)),
      storeFunctions(writes(variant)),
      source,
    ].join("\n"),
  groups: (params, { vector }) => [
    ceilDivide(params.channels / vector, workgroup[0]),
    ceilDivide(params.outWidth, workgroup[1] * pixels),
    groupsAtMost(params.batch * params.outHeight, workgroup[2]),
  ],
  cost(params) {
    const { batch, channels } = params;
    const inputs = batch * params.inHeight * params.inWidth * channels;
    const outputs = batch * params.outHeight * params.outWidth * channels;
    return {
      flops: outputs * params.windowHeight * params.windowWidth,
      bytes: (inputs + outputs) * 4,
    };
  },
  reference({ params, variant, reads: [x], writes: [y] }) {
    const { inHeight, inWidth, channels } = params;
    for (let row = 0; row < params.batch * params.outHeight; row++) {
      const image = Math.floor(row / params.outHeight);
      const top = row % params.outHeight * params.strideHeight - params.padTop;
      for (let j = 0; j < params.outWidth; j++) {
        const left = j * params.strideWidth - params.padLeft;
        for (let c = 0; c < channels; c++) {
          let sum = 0, count = 0, highest = -Infinity;
          for (let h = top; h < top + params.windowHeight; h++) {
            if (h < 0 || h >= inHeight) continue;
            for (let w = left; w < left + params.windowWidth; w++) {
              if (w < 0 || w >= inWidth) continue;
              const value =
                x[((image * inHeight + h) * inWidth + w) * channels + c];
              sum += value;
              count++;
              highest = Math.max(highest, value);
            }
          }
          const at = (row * params.outWidth + j) * params.yStride +
            params.yOffset + c;
          y[at] = variant.kind === "average" ? sum / count : highest;
        }
      }
    }
  },
  example: () => ({
    params: {
      batch: 1,
      inHeight: 3,
      inWidth: 3,
      channels: 1,
      outHeight: 3,
      outWidth: 3,
      windowHeight: 3,
      windowWidth: 3,
      strideHeight: 1,
      strideWidth: 1,
      padTop: 1,
      padLeft: 1,
      yStride: 1,
      yOffset: 0,
    },
    variant: { kind: "average", vector: 1, texels: false },
    reads: [Float32Array.from({ length: 9 }, (_, i) => i + 1)],
    writes: [new Float32Array(9)],
  }),
};

function reads({ vector, texels }: PoolVariant): Bindings {
  return { x: elementOf(vector, { texels }) };
}

function writes({ vector, texelStores }: PoolVariant): Bindings {
  return { y: elementOf(vector, { texels: texelStores }) };
}
