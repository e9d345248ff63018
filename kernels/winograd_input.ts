/**
 * Tiles of a batch of images, transformed for Winograd's convolution.
 *
 * @module
 */
import {
  type Kernel,
  type KernelCall,
  linearGroups,
  linearIndex,
} from "./kernel.ts";
import type { Bindings } from "./texels.ts";
import { unroll } from "./unroll.ts";
import { elementOf } from "./vector.ts";
import {
  tileConstants,
  tileParams,
  transformSource,
  winogradAxes,
  winogradThreads,
  winogradTile,
  type WinogradWindow,
} from "./winograd.ts";
import source from "./winograd_input.wgsl" with { type: "text" };

const params = {
  inHeight: "u32",
  inWidth: "u32",
  /** Input channels in fours. */
  channelVectors: "u32",
  padTop: "u32",
  padLeft: "u32",
  ...tileParams,
} as const;

export type WinogradInputVariant = WinogradWindow & {
  /** Whether x is read as texels. */
  readonly texels: boolean;
  /** Whether u is written as texels [false]. */
  readonly texelStores?: boolean;
};

/** `u = B x B^T` for each tile; layouts are in `winograd_input.wgsl`. */
export const winogradInput: Kernel<typeof params, WinogradInputVariant> = {
  name: "winograd_input",
  params,
  reads: inputReads,
  writes: inputWrites,
  withTexels: (variant, bindings) => ({
    ...variant,
    texels: variant.texels || bindings.includes("x"),
    texelStores: variant.texelStores || bindings.includes("u"),
  }),
  constants: tileConstants,
  source(variant) {
    const { inHeight, inWidth } = winogradTile(variant);
    const [reads, writes] = [inputReads(variant), inputWrites(variant)];
    return [
      linearIndex,
      transformSource(variant, { matrix: "input", reads, writes }),
      unroll(source, { i: inHeight, j: inWidth, k: inHeight, l: inWidth }),
    ].join("\n");
  },
  groups: (params) => linearGroups(winogradThreads(params)),
  cost(params, variant) {
    const { inHeight, inWidth } = winogradTile(variant);
    const { images, channelVectors } = params;
    const pixels = images * params.inHeight * params.inWidth;
    return {
      // Each output is about as many sums as the tile is high and wide.
      flops: 4 * winogradThreads(params) * inHeight * inWidth *
        (inHeight + inWidth),
      bytes: 16 * (pixels * channelVectors +
        winogradThreads(params) * inHeight * inWidth),
    };
  },
  reference,
  example() {
    const variant = {
      outputs: 2,
      windowHeight: 3,
      windowWidth: 3,
      texels: false,
    } as const;
    const params = {
      inHeight: 5,
      inWidth: 3,
      channelVectors: 2,
      padTop: 1,
      padLeft: 1,
      tileRows: 3,
      tileColumns: 2,
      firstImage: 1,
      images: 1,
    };
    return {
      params,
      variant,
      reads: [
        Float32Array.from({ length: 2 * 5 * 3 * 8 }, (_, at) => Math.cos(at)),
      ],
      writes: [new Float32Array(16 * 6 * 8)],
    };
  },
};

function inputReads({ texels }: WinogradInputVariant): Bindings {
  return { x: elementOf(4, { texels }) };
}

function inputWrites({ texelStores }: WinogradInputVariant): Bindings {
  return { u: elementOf(4, { texels: texelStores }) };
}

function reference(
  { params: p, variant, reads: [x], writes: [u] }: KernelCall<
    typeof params,
    WinogradInputVariant
  >,
): void {
  const { vertical, horizontal } = winogradAxes(variant);
  const size = winogradTile(variant);
  const channels = 4 * p.channelVectors;
  const tiles = p.images * p.tileRows * p.tileColumns;
  const element = (tile: number, row: number, column: number, at: number) => {
    const line = Math.floor(tile / p.tileColumns);
    const image = p.firstImage + Math.floor(line / p.tileRows);
    const top = line % p.tileRows * size.outHeight - p.padTop + row;
    const left = tile % p.tileColumns * size.outWidth - p.padLeft + column;
    if (top < 0 || top >= p.inHeight || left < 0 || left >= p.inWidth) return 0;
    return x[((image * p.inHeight + top) * p.inWidth + left) * channels + at];
  };
  let to = 0;
  for (const down of vertical.input) {
    for (const across of horizontal.input) {
      for (let tile = 0; tile < tiles; tile++) {
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (const [row, factor] of down.entries()) {
            for (const [column, other] of across.entries()) {
              sum += factor * other * element(tile, row, column, channel);
            }
          }
          u[to++] = sum;
        }
      }
    }
  }
}
