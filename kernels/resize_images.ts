/**
 * Decoded photos of different sizes -> one batch, in one dispatch.
 *
 * @module
 */
import {
  resizeGroups,
  resizeReference,
  resizeScale,
  resizeWorkgroup,
} from "./_resize.ts";
import interpolationSource from "./_resize.wgsl" with { type: "text" };
import { ceilDivide, type Kernel } from "./kernel.ts";
import source from "./resize_images.wgsl" with { type: "text" };
import { blockOf } from "./unroll.ts";

const params = {
  /** Entries of the table in use. */
  count: "u32",
  outHeight: "u32",
  outWidth: "u32",
} as const;

/** What specialises {@linkcode resizeImages}: the attributes of ResizeBilinear. */
export type ResizeImagesVariant = {
  halfPixelCenters: boolean;
  alignCorners: boolean;
};

/** A decoded photo and the row of the batch it goes to. */
export interface ResizeImagesEntry {
  /** `height * width * 3` bytes R, G, B, row by row. */
  readonly rgb: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly row: number;
}

const entryWords = 4;

/**
 * The buffers that {@linkcode resizeImages} reads, as large as these photos
 * need: 4 words of `table` for each, and in `pixels` its bytes, rounded up to
 * whole words.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "@std/assert";
 * const rgb = new Uint8Array([255, 0, 1]);
 * const { pixels, table } = packImages([{ rgb, height: 1, width: 1, row: 7 }]);
 * deepStrictEqual([...pixels], [0x0100ff]);
 * deepStrictEqual([...table], [0, 1, 1, 7]);
 * ```
 */
export function packImages(
  entries: readonly ResizeImagesEntry[],
): { pixels: Uint32Array; table: Uint32Array } {
  const table = new Uint32Array(entries.length * entryWords);
  let words = 0;
  for (const [index, { rgb, height, width, row }] of entries.entries()) {
    table.set([words, height, width, row], index * entryWords);
    words += ceilDivide(rgb.length, 4);
  }
  const bytes = new Uint8Array(words * 4);
  entries.forEach(({ rgb }, index) =>
    bytes.set(rgb, table[index * entryWords] * 4)
  );
  return { pixels: new Uint32Array(bytes.buffer), table };
}

/**
 * TensorFlow's ResizeBilinear of each photo. pixels: bytes R, G, B of all
 * photos, each from a whole word on; table: `(count, 4)` of (first word, height,
 * width, row), where a height of 0 leaves the row alone; y: `(batch, outHeight,
 * outWidth, 3)`. See {@linkcode packImages}.
 */
export const resizeImages: Kernel<
  typeof params,
  ResizeImagesVariant
> = {
  name: "resize_images",
  params,
  reads: () => ({ pixels: "u32", table: "u32" }),
  writes: () => ({ y: "f32" }),
  texelBindings: () => ["pixels", "table"],
  workgroup: () => resizeWorkgroup,
  constants: ({ halfPixelCenters, alignCorners }) => ({
    HALF_PIXEL_CENTERS: halfPixelCenters,
    ALIGN_CORNERS: alignCorners,
  }),
  source: () =>
    interpolationSource +
    [undefined, "color", "bilinear"].map((block) => blockOf(source, block))
      .join("\n"),
  groups: (params) => resizeGroups(params.count, params),
  cost({ count, outHeight, outWidth }) {
    const pixels = count * outHeight * outWidth;
    return { flops: pixels * 27, bytes: pixels * (4 * 3 + 12) };
  },
  reference({ params, variant, reads: [pixels, table], writes: [y] }) {
    const { outHeight, outWidth } = params;
    const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset);
    const axis = (inSize: number, outSize: number) => ({
      size: inSize,
      scale: resizeScale({ inSize, outSize }, variant),
    });
    for (let entry = 0; entry < params.count; entry++) {
      const [word, height, width, row] = table.subarray(entry * entryWords);
      if (height === 0 || width === 0) continue;
      const first = row * outHeight * outWidth;
      resizeReference(bytes.subarray(word * 4), {
        ...{ ...params, ...variant, channels: 3 },
        rows: axis(height, outHeight),
        columns: axis(width, outWidth),
        store(value, pixel, channel) {
          y[(first + pixel) * 3 + channel] = value;
        },
      });
    }
  },
  example: () => ({
    params: { count: 1, outHeight: 3, outWidth: 4 },
    variant: { halfPixelCenters: false, alignCorners: false },
    reads: [
      new Uint32Array([0x00ff8040, 0x10203040, 0x50607080]),
      new Uint32Array([0, 2, 2, 1]),
    ],
    writes: [new Float32Array(2 * 3 * 4 * 3)],
  }),
};
