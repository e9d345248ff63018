/**
 * Max and average pooling.
 *
 * @module
 */
import { isNanWgsl } from "./activation.ts";
import { ceilDivide, type Kernel, type ParamsOf } from "./kernel.ts";
import source from "./pool.wgsl" with { type: "text" };
import { blockOf } from "./unroll.ts";
import {
  destinationParams,
  elementAlias,
  elementOf,
  groupsAtMost,
  type VectorWidth,
} from "./vector.ts";
import { forEachTap, inputPixels, outputPixels, storeRows } from "./window.ts";

const params = {
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
  ...destinationParams,
} as const;

export type PoolParams = ParamsOf<typeof params>;

export type PoolVariant = {
  kind: "max" | "average";
  /** 4 needs channels, `yStride` and `yOffset` in fours. */
  vector: VectorWidth;
  /** Whether a maximum leaves NaN out whatever the driver's `max` makes of it, as TensorFlow does [false]. */
  skipsNan?: boolean;
};

const undilated = { dilationHeight: 1, dilationWidth: 1 } as const;

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
export const pool: Kernel<typeof params, PoolVariant> = {
  name: "pool",
  params,
  reads: ({ vector }) => ({ x: elementOf(vector) }),
  writes: ({ vector }) => ({ y: elementOf(vector) }),
  texelBindings: () => ["x", "y"],
  workgroup: () => workgroup,
  constants: ({ kind, vector }) => ({
    AVERAGE: kind === "average",
    VECTOR: vector,
    PIXELS: pixels,
  }),
  source: (variant) =>
    [
      elementAlias(variant.vector),
      blockOf(source),
      variant.skipsNan
        ? blockOf(source, "combine_numbers")
          .replace("IS_NAN", isNanWgsl("b", variant.vector))
        : blockOf(source, "combine"),
      blockOf(source, "main"),
    ].join("\n"),
  groups: (params, { vector }) => [
    ceilDivide(params.channels / vector, workgroup[0]),
    ceilDivide(params.outWidth, workgroup[1] * pixels),
    groupsAtMost(params.batch * params.outHeight, workgroup[2]),
  ],
  cost(params) {
    const { channels } = params;
    const window = { ...params, ...undilated };
    const outputs = outputPixels(window) * channels;
    return {
      flops: outputs * params.windowHeight * params.windowWidth,
      bytes: 4 * (inputPixels(window) * channels + outputs),
    };
  },
  reference({ params, variant, reads: [x], writes: [y] }) {
    const { channels } = params;
    const window = { ...params, ...undilated };
    const size = outputPixels(window) * channels;
    const counts = new Uint32Array(outputPixels(window));
    const sums = new Float64Array(size);
    const lowest = -(2 - 2 ** -23) * 2 ** 127;
    const highest = new Float64Array(size).fill(lowest);
    forEachTap(window, ({ input, output }) => {
      counts[output]++;
      for (let c = 0; c < channels; c++) {
        const value = x[input * channels + c], at = output * channels + c;
        sums[at] += value;
        if (value > highest[at]) highest[at] = value;
      }
    });
    const values = variant.kind === "max"
      ? highest
      : sums.map((sum, at) => sum / counts[Math.floor(at / channels)]);
    storeRows(values, y, params);
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
    variant: { kind: "average", vector: 1 },
    reads: [Float32Array.from({ length: 9 }, (_, i) => i + 1)],
    writes: [new Float32Array(9)],
  }),
};
