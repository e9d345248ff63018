/**
 * Copies of a range of channels: concatenation and slicing along the last axis.
 *
 * @module
 */
import source from "./copy_channels.wgsl" with { type: "text" };
import type { Kernel } from "./kernel.ts";
import {
  elementAlias,
  elementOf,
  rowGroups,
  rowWorkgroup,
  type VectorWidth,
} from "./vector.ts";

/** Counts of channels, not of bytes. */
const params = {
  rows: "u32",
  /** Channels copied of each row. */
  channels: "u32",
  /** Channels of a row of x. */
  xStride: "u32",
  /** First channel read. */
  xOffset: "u32",
  /** Channels of a row of y. */
  yStride: "u32",
  /** First channel written. */
  yOffset: "u32",
} as const;

export type CopyChannelsVariant = {
  /** 4 needs channels, strides and offsets in fours. */
  vector: VectorWidth;
};

/**
 * `y[r, yOffset + c] = x[r, xOffset + c]`; x: `(rows, xStride)`, y: `(rows,
 * yStride)`. A concatenation is one call for each input; one along another axis
 * sees everything right of that axis as channels.
 */
export const copyChannels: Kernel<
  typeof params,
  CopyChannelsVariant
> = {
  name: "copy_channels",
  params,
  reads: ({ vector }) => ({ x: elementOf(vector) }),
  writes: ({ vector }) => ({ y: elementOf(vector) }),
  texelBindings: () => ["x", "y"],
  workgroup: () => rowWorkgroup,
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: ({ vector }) => elementAlias(vector) + source,
  groups: ({ rows, channels }, { vector }) =>
    rowGroups(channels / vector, rows),
  cost: ({ rows, channels }) => ({ flops: 0, bytes: rows * channels * 8 }),
  reference({ params, reads: [x], writes: [y] }) {
    const { xStride, xOffset, yStride, yOffset } = params;
    for (let row = 0; row < params.rows; row++) {
      for (let c = 0; c < params.channels; c++) {
        y[row * yStride + yOffset + c] = x[row * xStride + xOffset + c];
      }
    }
  },
  example: () => ({
    params: {
      rows: 2,
      channels: 2,
      xStride: 3,
      xOffset: 1,
      yStride: 4,
      yOffset: 2,
    },
    variant: { vector: 1 },
    reads: [new Float32Array([0, 1, 2, 3, 4, 5])],
    writes: [new Float32Array(8)],
  }),
};
