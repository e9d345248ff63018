/**
 * Filters and biases as `conv2d` reads them, in tiles of 16 output channels.
 *
 * @module
 */
import { ceilDivide } from "./kernel.ts";

/** Output channels of a tile, which one thread computes. */
export const columnsPerTile = 16;

/** The matrix behind a filter: HWIO flattened to `(depth, columns)`. */
export interface FilterSize {
  readonly depth: number;
  readonly columns: number;
  /** Whether it is stored as `(columns, depth)` [false]. */
  readonly isTransposed?: boolean;
}

/**
 * Weights as `conv2d` reads them: `(depth, columns)` row-major to
 * `(column tiles, depth, 16)`, the tail filled with zeros.
 */
export function packFilter(
  filter: ArrayLike<number>,
  { depth, columns, isTransposed = false }: FilterSize,
): Float32Array<ArrayBuffer> {
  const tiles = ceilDivide(columns, columnsPerTile);
  const packed = new Float32Array(tiles * depth * columnsPerTile);
  const [rowStride, columnStride] = isTransposed ? [1, depth] : [columns, 1];
  for (let column = 0; column < columns; column++) {
    const tile = Math.floor(column / columnsPerTile);
    let to = tile * depth * columnsPerTile + column % columnsPerTile;
    let from = column * columnStride;
    for (let row = 0; row < depth; row++) {
      packed[to] = filter[from];
      to += columnsPerTile;
      from += rowStride;
    }
  }
  return packed;
}

/** Number of values {@linkcode packFilter} makes. */
export function packedFilterLength({ depth, columns }: FilterSize): number {
  return ceilDivide(columns, columnsPerTile) * columnsPerTile * depth;
}

/** A bias of `columns` values, or zeros, filled up to whole tiles. */
export function packBias(
  bias: ArrayLike<number> | undefined,
  columns: number,
): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(
    ceilDivide(columns, columnsPerTile) * columnsPerTile,
  );
  if (bias) packed.set(bias);
  return packed;
}
