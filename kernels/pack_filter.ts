/**
 * Weights that change every step, in the layout that conv2d reads.
 *
 * @module
 */
import {
  columnsPerTile,
  type FilterSize,
  packFilter as packOnCpu,
  wholeWindow,
} from "./filter_tiles.ts";
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  linearIndex,
  type ParamsOf,
} from "./kernel.ts";
import source from "./pack_filter.wgsl" with { type: "text" };
import { blockOf } from "./unroll.ts";
import { elementOf, type VectorWidth, vectorWidth } from "./vector.ts";

const params = {
  /** Rows of the matrix: KH * KW * C of a filter. */
  depth: "u32",
  /** Columns of the matrix: the output channels. */
  columns: "u32",
  tiles: "u32",
  /** Blocks that a transposed matrix is stored in. */
  places: "u32",
  /** Where these are in a larger window: see `PlacesWithin`. */
  firstPlace: "u32",
  placesPerLine: "u32",
  placeStep: "u32",
  lineStep: "u32",
} as const;

export type PackFilterVariant = {
  /** Whether the matrix is stored in blocks of `(columns, depth / places)`. */
  isTransposed: boolean;
  /** 4 needs what lies side by side, columns or the rows of a block, in fours. */
  vector: VectorWidth;
};

/** Parameters and variant for a matrix, stored as it is or transposed. */
export function packFilterCall(
  {
    depth,
    columns,
    isTransposed = false,
    places = 1,
    within = wholeWindow(places),
  }: FilterSize,
): { params: ParamsOf<typeof params>; variant: PackFilterVariant } {
  const tiles = ceilDivide(columns, columnsPerTile);
  const vector = vectorWidth(isTransposed ? depth / places : columns);
  return {
    params: {
      ...{ depth, columns, tiles, places },
      firstPlace: within.first,
      placesPerLine: within.perLine,
      placeStep: within.step,
      lineStep: within.lineStep,
    },
    variant: { isTransposed, vector },
  };
}

/**
 * What `packFilter` of filter_tiles.ts does once for weights that stay. filter_values:
 * `(depth, columns)`, or its transpose in blocks, packed: `(tiles, depth, 16)`.
 */
export const packFilter: Kernel<typeof params, PackFilterVariant> = {
  name: "pack_filter",
  params,
  reads: ({ vector }) => ({ filter_values: elementOf(vector) }),
  writes: ({ vector }) => ({ packed: elementOf(vector) }),
  texelBindings: () => ["filter_values", "packed"],
  constants: ({ isTransposed }) => ({
    WIDTH: columnsPerTile,
    TRANSPOSED: isTransposed,
  }),
  source: (variant) =>
    [linearIndex, blockOf(source), blockOf(source, partOf(variant))].join("\n"),
  groups: ({ depth, tiles }, { isTransposed, vector }) => {
    const values = isTransposed ? vector ** 2 : vector;
    return linearGroups(depth * tiles * columnsPerTile / values);
  },
  cost: ({ depth, columns, tiles }) => ({
    flops: 0,
    bytes: 4 * depth * (columns + tiles * columnsPerTile),
  }),
  reference({ params, variant, reads: [filter], writes: [packed] }) {
    const within = {
      first: params.firstPlace,
      perLine: params.placesPerLine,
      step: params.placeStep,
      lineStep: params.lineStep,
    };
    packed.set(packOnCpu(filter, { ...params, ...variant, within }));
  },
  example: () => ({
    ...packFilterCall({ depth: 3, columns: 18 }),
    reads: [Float32Array.from({ length: 54 }, (_, i) => i)],
    writes: [new Float32Array(2 * 3 * columnsPerTile)],
  }),
};

function partOf({ isTransposed, vector }: PackFilterVariant): string {
  if (vector === 1) return "scalar";
  return isTransposed ? "blocks" : "rows";
}
