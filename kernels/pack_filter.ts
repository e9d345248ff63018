/**
 * Weights that change every step, in the layout that conv2d reads.
 *
 * @module
 */
import indexSource from "./_index.wgsl" with { type: "text" };
import {
  type FilterSize,
  packedFilterLength,
  packFilter as packOnCpu,
} from "./conv2d.ts";
import { type Kernel, linearGroups } from "./kernel.ts";
import source from "./pack_filter.wgsl" with { type: "text" };

/** Uniforms of {@linkcode packFilter}. */
export type PackFilterParams = {
  /** Rows of the matrix: KH * KW * C of a filter. */
  depth: number;
  /** Columns of the matrix: the output channels. */
  columns: number;
  /** Tiles of columns. */
  tiles: number;
  /** Values from one row to the next. */
  rowStride: number;
  /** Values from one column to the next. */
  columnStride: number;
};

/** {@linkcode packFilter} has one text. */
export type PackFilterVariant = Record<never, never>;

/** Columns of a tile, as `packFilter` of conv2d.ts has them. */
const tileWidth = packedFilterLength({ depth: 1, columns: 1 });

const workgroupSize = 64;

/** Parameters for a matrix, stored as it is or transposed. */
export function packFilterCall(
  { depth, columns, isTransposed = false }: FilterSize,
): { params: PackFilterParams; variant: PackFilterVariant } {
  const [rowStride, columnStride] = isTransposed ? [1, depth] : [columns, 1];
  const tiles = packedFilterLength({ depth: 1, columns }) / tileWidth;
  return {
    params: { depth, columns, tiles, rowStride, columnStride },
    variant: {},
  };
}

/**
 * What `packFilter` of conv2d.ts does once for weights that stay. filter_values:
 * `(depth, columns)` or its transpose, packed: `(tiles, depth, 16)`.
 */
export const packFilter: Kernel<PackFilterParams, PackFilterVariant> = {
  name: "pack_filter",
  params: {
    depth: "u32",
    columns: "u32",
    tiles: "u32",
    rowStride: "u32",
    columnStride: "u32",
  },
  reads: () => ({ filter_values: "f32" }),
  writes: () => ({ packed: "f32" }),
  workgroup: () => [workgroupSize, 1, 1],
  constants: () => ({ WIDTH: tileWidth }),
  source: () => indexSource + source,
  groups: ({ depth, tiles }) =>
    linearGroups(depth * tiles * tileWidth, workgroupSize),
  cost: ({ depth, columns, tiles }) => ({
    flops: 0,
    bytes: 4 * depth * (columns + tiles * tileWidth),
  }),
  reference({ params, reads: [filter], writes: [packed] }) {
    const { depth, columns, columnStride } = params;
    const isTransposed = columnStride === depth && params.rowStride === 1;
    packed.set(packOnCpu(filter, { depth, columns, isTransposed }));
  },
  example: () => ({
    ...packFilterCall({ depth: 3, columns: 18 }),
    reads: [Float32Array.from({ length: 54 }, (_, i) => i)],
    writes: [new Float32Array(2 * 3 * tileWidth)],
  }),
};
