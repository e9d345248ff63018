/**
 * Filters and biases as `conv2d` reads them, in tiles of 16 output channels.
 *
 * @module
 */
import { ceilDivide, roundUp } from "./kernel.ts";

/** Output channels of a tile, which one thread computes. */
export const columnsPerTile = 16;

/** The matrix behind a filter: HWIO flattened to `(depth, columns)`. */
export interface FilterSize {
  readonly depth: number;
  readonly columns: number;
  /** Whether it is stored as `(columns, depth)` [false]. */
  readonly isTransposed?: boolean;
  /**
   * Where it is transposed, in how many blocks of `(columns, depth / places)` it
   * is stored, the last first: the filter of a convolution as its gradient
   * wants it, place by place of the window [1].
   */
  readonly places?: number;
  /** Where these places are in a larger window [they are all of it]. */
  readonly within?: PlacesWithin | undefined;
}

/** Places of a window, in lines, as they lie in a larger one. */
export interface PlacesWithin {
  /** The first of them. */
  readonly first: number;
  /** How many a line has. */
  readonly perLine: number;
  /** From one to the next of a line. */
  readonly step: number;
  /** From a line to the next. */
  readonly lineStep: number;
}

/** All places of a window that has so many. */
export function wholeWindow(places: number): PlacesWithin {
  return { first: 0, perLine: places, step: 1, lineStep: 0 };
}

/**
 * Weights as `conv2d` reads them: `(depth, columns)` row-major to
 * `(column tiles, depth, 16)`, the tail filled with zeros.
 */
export function packFilter(
  filter: ArrayLike<number>,
  {
    depth,
    columns,
    isTransposed = false,
    places = 1,
    within = wholeWindow(places),
  }: FilterSize,
): Float32Array<ArrayBuffer> {
  const tiles = ceilDivide(columns, columnsPerTile);
  const packed = new Float32Array(tiles * depth * columnsPerTile);
  const block = depth / places;
  for (let column = 0; column < columns; column++) {
    const tile = Math.floor(column / columnsPerTile);
    let to = tile * depth * columnsPerTile + column % columnsPerTile;
    for (let row = 0; row < depth; row++) {
      const own = places - 1 - Math.floor(row / block);
      const place = within.first +
        Math.floor(own / within.perLine) * within.lineStep +
        own % within.perLine * within.step;
      const from = isTransposed
        ? (place * columns + column) * block + row % block
        : row * columns + column;
      packed[to] = filter[from];
      to += columnsPerTile;
    }
  }
  return packed;
}

/** Number of values {@linkcode packFilter} makes. */
export function packedFilterLength({ depth, columns }: FilterSize): number {
  return roundUp(columns, columnsPerTile) * depth;
}

/** A bias of `columns` values, or zeros, filled up to whole tiles. */
export function packBias(
  bias: ArrayLike<number> | undefined,
  columns: number,
): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(roundUp(columns, columnsPerTile));
  if (bias) packed.set(bias);
  return packed;
}
