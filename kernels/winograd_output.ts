/**
 * Outputs from the products of Winograd's convolution.
 *
 * @module
 */
import {
  activate,
  activateSource,
  type Activation,
  activationCode,
} from "./activation.ts";
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
import source from "./winograd_output.wgsl" with { type: "text" };

const params = {
  outHeight: "u32",
  outWidth: "u32",
  /** Output channels in fours. */
  channelVectors: "u32",
  /** Channels of the tensor that is written to, a multiple of 4. */
  yStride: "u32",
  /** Its first channel that is written, a multiple of 4. */
  yOffset: "u32",
  ...tileParams,
} as const;

export type WinogradOutputVariant = WinogradWindow & {
  readonly activation: Activation;
  /** Whether a tensor like y is added before the activation [false]. */
  readonly hasResidual?: boolean;
  /** Whether m is read as texels. */
  readonly texels: boolean;
  /** Whether y is written as texels [false]. */
  readonly texelStores?: boolean;
};

/** `y = activation(A m A^T + bias)` for each tile; layouts are in `winograd_output.wgsl`. */
export const winogradOutput: Kernel<
  typeof params,
  WinogradOutputVariant
> = {
  name: "winograd_output",
  params,
  reads: outputReads,
  writes: outputWrites,
  texelBindings: ({ hasResidual }) =>
    hasResidual ? ["bias", "residual"] : ["bias"],
  withTexels: (variant, bindings) => ({
    ...variant,
    texels: variant.texels || bindings.includes("m"),
    texelStores: variant.texelStores || bindings.includes("y"),
  }),
  constants: (variant) => ({
    ACTIVATION: activationCode(variant.activation),
    ...tileConstants(variant),
  }),
  source(variant) {
    const tile = winogradTile(variant);
    const { m } = outputReads(variant);
    const [reads, writes] = [{ m }, outputWrites(variant)];
    return [
      linearIndex,
      activateSource(variant.activation),
      transformSource(variant, { matrix: "output", reads, writes }),
      unroll(source, {
        i: tile.outHeight,
        j: tile.outWidth,
        k: tile.inHeight,
        l: tile.inWidth,
        summed: variant.hasResidual ? 1 : 0,
      }),
    ].join("\n");
  },
  groups: (params) => linearGroups(winogradThreads(params)),
  cost(params, variant) {
    const { inHeight, inWidth, outWidth } = winogradTile(variant);
    const { images, outHeight, channelVectors } = params;
    const pixels = images * outHeight * params.outWidth;
    return {
      flops: 8 * winogradThreads(params) * inHeight * outWidth * inWidth,
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
      activation: "relu",
      texels: false,
    } as const;
    const params = {
      outHeight: 5,
      outWidth: 3,
      channelVectors: 2,
      yStride: 16,
      yOffset: 4,
      tileRows: 3,
      tileColumns: 2,
      firstImage: 1,
      images: 1,
    };
    return {
      params,
      variant,
      reads: [
        Float32Array.from({ length: 16 * 6 * 8 }, (_, at) => Math.cos(at)),
        Float32Array.from({ length: 8 }, (_, at) => Math.sin(at)),
      ],
      writes: [new Float32Array(2 * 5 * 3 * 16)],
    };
  },
};

function outputReads(
  { texels, hasResidual }: WinogradOutputVariant,
): Bindings {
  return {
    m: elementOf(4, { texels }),
    bias: "vec4f",
    ...hasResidual && { residual: "vec4f" },
  };
}

function outputWrites({ texelStores }: WinogradOutputVariant): Bindings {
  return { y: elementOf(4, { texels: texelStores }) };
}

function reference(
  { params: p, variant, reads: [m, bias, residual], writes: [y] }: KernelCall<
    typeof params,
    WinogradOutputVariant
  >,
): void {
  const { vertical, horizontal } = winogradAxes(variant);
  const size = winogradTile(variant);
  const channels = 4 * p.channelVectors;
  const stride = winogradThreads(p) * 4;
  const activated = activate(variant.activation);
  for (let pixel = 0; pixel < p.images * p.outHeight * p.outWidth; pixel++) {
    const row = Math.floor(pixel / p.outWidth) % p.outHeight;
    const column = pixel % p.outWidth;
    const image = Math.floor(pixel / (p.outHeight * p.outWidth));
    const tile =
      (image * p.tileRows + Math.floor(row / size.outHeight)) * p.tileColumns +
      Math.floor(column / size.outWidth);
    const down = vertical.output[row % size.outHeight];
    const across = horizontal.output[column % size.outWidth];
    const place = p.firstImage * p.outHeight * p.outWidth + pixel;
    const to = place * p.yStride + p.yOffset;
    for (let channel = 0; channel < channels; channel++) {
      let sum = bias[channel];
      if (variant.hasResidual) sum += residual[place * channels + channel];
      for (const [i, factor] of down.entries()) {
        for (const [j, other] of across.entries()) {
          sum += factor * other *
            m[(i * size.inWidth + j) * stride + tile * channels + channel];
        }
      }
      y[to + channel] = activated(sum);
    }
  }
}
