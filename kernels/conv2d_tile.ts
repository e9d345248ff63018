/**
 * The ways of dividing a convolution among threads. All of them compute the
 * same sums in the same order; which is fastest depends on the adapter.
 *
 * @module
 */
import { columnsPerTile } from "./filter_tiles.ts";

/** How `conv2d` divides its work. */
export type Conv2dTile =
  | {
    /** A thread keeps its sums in registers and shares nothing. */
    readonly family: "registers";
    /** Read input and weights as texels where it can be done. */
    readonly texels: boolean;
    /** Output pixels of a thread, times 16 output channels. */
    readonly rows: 8 | 16;
  }
  | {
    /** A workgroup loads a block into its memory and all its threads read it. */
    readonly family: "shared";
    /** Output pixels of a thread, and as many output channels. */
    readonly rows: 4 | 8;
    /** Threads of a workgroup along either side. */
    readonly threads: 8 | 16;
  };

/**
 * Every tile there is. 4 by 4 sums, 8 by 8 threads and eight of the depth at a
 * time lost least over GPUs of four vendors in llama.cpp (pull request 22241).
 */
export const conv2dTiles: readonly Conv2dTile[] = [
  { family: "registers", texels: true, rows: 16 },
  { family: "registers", texels: true, rows: 8 },
  { family: "registers", texels: false, rows: 16 },
  { family: "registers", texels: false, rows: 8 },
  { family: "shared", rows: 4, threads: 8 },
  { family: "shared", rows: 4, threads: 16 },
  { family: "shared", rows: 8, threads: 8 },
  { family: "shared", rows: 8, threads: 16 },
];

/** Runs anywhere: it needs neither textures nor memory that a workgroup shares. */
export const plainTile: Conv2dTile = {
  family: "registers",
  texels: false,
  rows: 8,
};

/** Threads of a workgroup that shares nothing; x takes pixels, y tiles of channels. */
const registerWorkgroup = [8, 4, 1] as const;

/** Threads of a workgroup along x, y and z. */
export function tileWorkgroup(
  tile: Conv2dTile,
): readonly [number, number, number] {
  return tile.family === "registers"
    ? registerWorkgroup
    : [tile.threads, tile.threads, 1];
}

/** Output channels and pixels of a workgroup. */
export function tileBlock(
  tile: Conv2dTile,
): { readonly columns: number; readonly rows: number } {
  const side = tile.rows;
  switch (tile.family) {
    case "registers": {
      const [x, y] = registerWorkgroup;
      return { columns: y * columnsPerTile, rows: x * side };
    }
    case "shared":
      return { columns: tile.threads * side, rows: tile.threads * side };
    default:
      return tile satisfies never;
  }
}

/**
 * Terms of the sum that a workgroup loads at a time: 8, or as many as give each
 * of its threads a vector of the input and one of the weights to load.
 */
export function depthPerStep(
  { rows, threads }: Extract<Conv2dTile, { family: "shared" }>,
): number {
  return Math.max(8, 4 * threads / rows);
}
