/**
 * How `conv2d` divides its work among threads.
 *
 * @module
 */
import { columnsPerTile } from "./filter_tiles.ts";
import { roundUp } from "./kernel.ts";

/** How `conv2d` divides its work. */
export type Conv2dTile =
  | {
    /** A thread keeps its sums in registers and shares nothing. */
    readonly family: "registers";
    /** Read input and weights as texels where it can be done. */
    readonly texels: boolean;
    /** Output pixels of a thread; 4 and 7 are for few of them, see {@linkcode fitTile}. */
    readonly rows: 4 | 7 | 8 | 16;
    /** Output channels of a thread, in fours [4]. */
    readonly vectors?: number;
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
function registerWorkgroup(rows: number): readonly [number, number, number] {
  // Of little work there should be many workgroups, for all processors to have some.
  return rows < 8 ? [8, 1, 1] : [8, 4, 1];
}

/** What a pixel takes in tiles of so many, by that in large ones, which load less for each. */
const smallTiles = [
  { rows: 7, weight: 1.1 },
  { rows: 4, weight: 1.25 },
] as const;

/** Channels of the last tile that do not exist, by those that do, from which on other tiles are taken. */
const mostIdle = 0.15;

/**
 * A tile of registers for so many pixels and output channels: smaller where the
 * last of few large ones would have little to do, as for images of 7x7 pixels,
 * and of as many channels as divide theirs. An output's sum stays the same.
 */
export function fitTile(
  tile: Extract<Conv2dTile, { family: "registers" }>,
  { rows, outChannels }: {
    readonly rows: number;
    readonly outChannels: number;
  },
): Conv2dTile {
  const timeOf = (tileRows: number, weight = 1) =>
    Math.ceil(rows / (8 * tileRows)) * tileRows * weight;
  const best = smallTiles.reduce<{ rows: typeof tile.rows; time: number }>(
    (least, small) => {
      const time = timeOf(small.rows, small.weight);
      return time < least.time ? { rows: small.rows, time } : least;
    },
    { rows: tile.rows, time: timeOf(tile.rows) },
  );
  const count = outChannels / 4;
  const idle = roundUp(count, 4) / count - 1;
  const vectors = count < 4
    ? count
    : [5, 3].find((divisor) => count % divisor === 0);
  const isFit = Number.isInteger(count) && idle >= mostIdle && vectors;
  return { ...tile, rows: best.rows, ...isFit && { vectors } };
}

/**
 * How `conv2d` divides the work of windows that are pixels of few channels: a
 * thread keeps weights in registers, or rather on its stack, and goes from pixel
 * to pixel. On llvmpipe that halves the time up to some 40 channels: sums that
 * are carried through a loop are blended, stored and loaded in every turn.
 */
export type StationaryTile = {
  readonly family: "stationary";
  /** It pays only where pixels and weights are read as texels. */
  readonly texels: true;
  /** Output pixels of a thread, one after another. */
  readonly rows: number;
  /** Input channels, in fours. */
  readonly depth: number;
  /** Output channels of a thread, in fours. */
  readonly vectors: number;
};

/** Pixels that a thread's weights are loaded for. */
const stationaryRows = 64;

/** Four-vectors of weights that a thread keeps; more of them are compiled for long and lie far from the registers. */
const keptVectors = { usual: 208, most: 256 } as const;

/** Channels up to which a loop over pixels is faster than one over channels. */
const mostStationary = 64;

/** Whether and how so many rows are computed with weights that stay. */
export function stationaryTile(
  { rows, inChannels, outChannels }: {
    readonly rows: number;
    readonly inChannels: number;
    readonly outChannels: number;
  },
): StationaryTile | undefined {
  const depth = inChannels / 4;
  const columns = outChannels / 4;
  if (inChannels > mostStationary || rows < 8 * stationaryRows) {
    return undefined;
  }
  const most = Math.max(
    Math.floor(keptVectors.usual / inChannels),
    Math.min(4, Math.floor(keptVectors.most / inChannels)),
  );
  const vectors = [8, 7, 6, 5, 4, 3].find((count) =>
    count <= most && columns % count === 0
  );
  return vectors === undefined ? undefined : {
    ...{ family: "stationary", texels: true, rows: stationaryRows },
    ...{ depth, vectors },
  };
}

/** Threads of a workgroup along x, y and z. */
export function tileWorkgroup(
  tile: Conv2dTile | StationaryTile,
): readonly [number, number, number] {
  switch (tile.family) {
    case "registers":
      return registerWorkgroup(tile.rows);
    case "stationary":
      return [8, 1, 1];
    case "shared":
      return [tile.threads, tile.threads, 1];
    default:
      return tile satisfies never;
  }
}

/** Output channels of a thread that shares nothing, in fours. */
export function vectorsOf({ vectors = columnsPerTile / 4 }: {
  readonly vectors?: number;
}): number {
  return vectors;
}

/** Output channels and pixels of a workgroup. */
export function tileBlock(
  tile: Conv2dTile | StationaryTile,
): { readonly columns: number; readonly rows: number } {
  const side = tile.rows;
  switch (tile.family) {
    case "registers": {
      const [x, y] = registerWorkgroup(tile.rows);
      return { columns: y * 4 * vectorsOf(tile), rows: x * side };
    }
    case "stationary":
      return { columns: 4 * tile.vectors, rows: 8 * side };
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
