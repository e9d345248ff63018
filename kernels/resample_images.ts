/**
 * Decoded photos of different sizes -> one batch, as Pillow resizes them, which
 * is how torchvision and timm prepare pictures.
 *
 * @module
 */
import { resizeGroups, resizeWorkgroup } from "./_resize.ts";
import { type BufferData, ceilDivide, type Kernel } from "./kernel.ts";
import source from "./resample_images.wgsl" with { type: "text" };
import colorSource from "./resize_images.wgsl" with { type: "text" };
import { packImages, type ResizeImagesEntry } from "./resize_images.ts";
import { blockOf, unroll } from "./unroll.ts";

/** How Pillow makes pictures into those of another size. */
export interface Resampling {
  /** Its weights, spread over as many pixels as become one. */
  readonly filter: "bilinear" | "bicubic";
  /**
   * What the shorter side becomes before the centre is cut out, as torchvision
   * does both [the picture is squashed].
   */
  readonly shorterSide?: number;
}

/** The size of what is made of a picture. */
interface OutSize {
  readonly height: number;
  readonly width: number;
}

const params = {
  /** Entries of the table in use. */
  count: "u32",
  outHeight: "u32",
  outWidth: "u32",
} as const;

/** Words of the table for a photo. */
export const resampleEntryWords = 8;

/** Rows of the batch's pictures that a thread makes: neighbours share the lines they read. */
const rowsPerThread = 4;

/** Pillow's fixed point: binary digits after the point of a weight. */
export const weightDigits = 22;

/** Distance from its middle, in output pixels, where a filter ends. */
export const filterSupports = { bilinear: 1, bicubic: 2 } as const;

/** A filter's weight at a distance from its middle; the cubic is Keys's, with a of -0.5. */
function filterWeight(filter: Resampling["filter"], offset: number): number {
  const x = Math.abs(offset);
  if (x >= filterSupports[filter]) return 0;
  if (filter === "bilinear") return 1 - x;
  const a = -0.5;
  return x < 1
    ? ((a + 2) * x - (a + 3)) * x * x + 1
    : (((x - 5) * x + 8) * x - 4) * a;
}

/** Along one side: of how many pixels come how many, which of these are kept, and by which filter. */
interface ResampledSide {
  readonly inSize: number;
  readonly outSize: number;
  /** The first that is kept. */
  readonly start: number;
  readonly length: number;
  readonly filter: Resampling["filter"];
}

/** Words of each window of a side: the first pixel it reads, how many, and a weight for each. */
function windowWords({ inSize, outSize, filter }: ResampledSide): number {
  const scale = Math.max(inSize / outSize, 1);
  return 2 + Math.ceil(filterSupports[filter] * scale) * 2 + 1;
}

/** What each kept pixel of a side is made of, as Pillow's `precompute_coeffs` has it. */
function fillWindows(windows: Int32Array, side: ResampledSide): void {
  const { inSize, outSize, filter } = side;
  const words = windowWords(side);
  const scale = inSize / outSize;
  const filterScale = Math.max(scale, 1);
  const support = filterSupports[filter] * filterScale;
  // Pillow multiplies by the inverse: a division rounds otherwise.
  const inverse = 1 / filterScale;
  for (let index = 0; index < side.length; index++) {
    const center = (side.start + index + 0.5) * scale;
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const end = Math.min(Math.trunc(center + support + 0.5), inSize);
    const weights = Array.from(
      { length: end - first },
      (_, tap) => filterWeight(filter, (tap + first - center + 0.5) * inverse),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    windows.set([first, end - first], index * words);
    windows.set(
      weights.map((weight) => fixedPoint(sum === 0 ? weight : weight / sum)),
      index * words + 2,
    );
  }
}

/** To the nearest, halves away from 0. */
function fixedPoint(weight: number): number {
  return Math.trunc(weight * 2 ** weightDigits + (weight < 0 ? -0.5 : 0.5));
}

/** Python's `round`: halves to the even number. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const isHalf = value - below === 0.5;
  return isHalf ? below + below % 2 : Math.round(value);
}

/** What is done to a photo: one side first, whose results are whole numbers, then the other. */
interface Passes {
  readonly first: ResampledSide;
  readonly second: ResampledSide;
  /** Whether the first is along columns, and not along rows. */
  readonly isVerticalFirst: boolean;
}

/**
 * Both passes for a photo, to the lengths that torchvision's Resize gives and the
 * part that its CenterCrop keeps. Pillow, from 13 on, begins with the height
 * where that shrinks by more than twice as many pixels as the width.
 */
function passesOf(
  { height, width }: OutSize,
  { out, filter, shorterSide }: Resampling & { readonly out: OutSize },
): Passes {
  const shorter = Math.min(height, width);
  const side = (inSize: number, length: number): ResampledSide => {
    const outSize = shorterSide === undefined
      ? length
      : Math.trunc(shorterSide * inSize / shorter);
    const start = roundHalfToEven((outSize - length) / 2);
    return { inSize, outSize, start, length, filter };
  };
  const [rows, columns] = [side(height, out.height), side(width, out.width)];
  const lost = height - rows.outSize;
  const isVerticalFirst = lost > 0 && lost > 2 * (width - columns.outSize);
  return isVerticalFirst
    ? { first: rows, second: columns, isVerticalFirst }
    : { first: columns, second: rows, isVerticalFirst };
}

/**
 * How often a thread may go through its loops. More is for the CPU: drivers end
 * what takes seconds, and llvmpipe leaves the loops of a thread after 65,535
 * turns, whatever is left of them.
 */
const maxTurns = 2 ** 15;

/** No photo has more of windows, so that many fit into a buffer. */
const maxWindowBytes = 2 ** 20;

/** Whether threads make what becomes of a photo, a pixel being made of so many. */
function isForThreads(passes: Passes): boolean {
  const { first, second } = passes;
  const steps = (rowsPerThread - 1) *
    Math.max(second.inSize / second.outSize, 1);
  const turns = windowWords(first) * (windowWords(second) + steps);
  return turns <= maxTurns && bytesOf(passes) <= maxWindowBytes;
}

function bytesOf({ first, second }: Passes): number {
  const words = (side: ResampledSide) => windowWords(side) * side.length;
  return 4 * (words(first) + words(second));
}

/**
 * Bytes of {@linkcode packResampled}'s `windows` for a photo; `shorterSide` is
 * at least the sides of what is made of it.
 */
export function windowBytes(
  photo: OutSize,
  { filter, ...resampling }: Resampling & { readonly out: OutSize },
): number {
  const passes = passesOf(photo, { filter, ...resampling });
  const { out } = resampling;
  return bytesOf(
    isForThreads(passes) ? passes : passesOf(out, { filter, out }),
  );
}

/** A photo as threads make it, which is made already where it is too much for them. */
function forThreads(
  photo: ResizeImagesEntry,
  { filter, ...resampling }: Resampling & { readonly out: OutSize },
): { readonly photo: ResizeImagesEntry; readonly passes: Passes } {
  const passes = passesOf(photo, { filter, ...resampling });
  if (isForThreads(passes)) return { photo, passes };
  const { out } = resampling;
  const rgb = new Uint8Array(out.height * out.width * 3);
  const windowsOf = (side: ResampledSide) => {
    const words = windowWords(side);
    const windows = new Int32Array(words * side.length);
    fillWindows(windows, side);
    return Array.from(
      { length: side.length },
      (_, index) => windowAt(windows, index * words),
    );
  };
  resampleReference(photo.rgb, {
    width: photo.width,
    first: windowsOf(passes.first),
    second: windowsOf(passes.second),
    isVerticalFirst: passes.isVerticalFirst,
    y: rgb,
  });
  return {
    photo: { rgb, ...out, row: photo.row },
    passes: passesOf(out, { filter, out }),
  };
}

/**
 * The buffers that {@linkcode resampleImages} reads, as large as these photos
 * need: `pixels` of {@linkcode packImages}, 8 words of `table` for each, and
 * what each row and column of the result is made of in `windows`.
 */
export function packResampled(
  entries: readonly ResizeImagesEntry[],
  resampling: Resampling & { readonly out: OutSize },
): { pixels: Uint32Array; table: Uint32Array; windows: Uint32Array } {
  const made = entries.map((photo) => forThreads(photo, resampling));
  const { pixels, table: places } = packImages(made.map(({ photo }) => photo));
  const table = new Uint32Array(entries.length * resampleEntryWords);
  const bytes = made.reduce((sum, { passes }) => sum + bytesOf(passes), 0);
  const all = new Int32Array(bytes / 4);
  let at = 0;
  for (const [index, { photo, passes }] of made.entries()) {
    const place = [places[index * 4], photo.width, photo.row];
    for (const side of [passes.first, passes.second]) {
      fillWindows(all.subarray(at), side);
      place.push(at, windowWords(side));
      at += windowWords(side) * side.length;
    }
    place.push(Number(passes.isVerticalFirst));
    table.set(place, index * resampleEntryWords);
  }
  return { pixels, table, windows: new Uint32Array(all.buffer) };
}

/**
 * What Pillow's `resize` makes of each photo, or a part of it. pixels: bytes R,
 * G, B of all photos, each from a whole word on; table: `(count, 8)`; windows:
 * see {@linkcode packResampled}, which makes them; y: `(batch, outHeight,
 * outWidth, 3)`, whole numbers of 0 to 255.
 */
export const resampleImages: Kernel<typeof params> = {
  name: "resample_images",
  params,
  reads: () => ({ pixels: "u32", table: "u32", windows: "u32" }),
  writes: () => ({ y: "f32" }),
  texelBindings: () => ["pixels", "table", "windows"],
  workgroup: () => resizeWorkgroup,
  constants: () => ({ ROWS: rowsPerThread }),
  source: () =>
    blockOf(colorSource, "color") + unroll(source, { r: rowsPerThread }),
  groups({ count, outHeight, outWidth }) {
    // The passes of a photo may be either way round.
    const longest = Math.max(outHeight, outWidth);
    return resizeGroups(count, {
      outHeight: ceilDivide(longest, rowsPerThread),
      outWidth: longest,
    });
  },
  cost({ count, outHeight, outWidth }) {
    // As if each pixel were made of two by two: how many it is, the photos decide.
    const pixels = count * outHeight * outWidth;
    return { flops: pixels * 36, bytes: pixels * (4 * 3 + 12) };
  },
  reference({ params, reads: [pixels, table, windows], writes: [y] }) {
    const { outHeight, outWidth } = params;
    const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset);
    const weights = new Int32Array(windows.buffer, windows.byteOffset);
    for (let entry = 0; entry < params.count; entry++) {
      const place = entry * resampleEntryWords;
      const [word, width, row, ...rest] = table.subarray(place);
      const [first, firstWords, second, secondWords, isTurned] = rest;
      if (width === 0) continue;
      const lengths = isTurned ? [outHeight, outWidth] : [outWidth, outHeight];
      const side = (start: number, words: number, length: number) =>
        Array.from(
          { length },
          (_, index) => windowAt(weights, start + index * words),
        );
      resampleReference(bytes.subarray(word * 4), {
        width,
        first: side(first, firstWords, lengths[0]),
        second: side(second, secondWords, lengths[1]),
        isVerticalFirst: isTurned === 1,
        y: y.subarray(row * outHeight * outWidth * 3),
      });
    }
  },
  example: () => {
    const rgb = Uint8Array.from({ length: 4 * 5 * 3 }, (_, i) => i * 67 % 256);
    const { pixels, table, windows } = packResampled(
      [{ rgb, height: 4, width: 5, row: 1 }],
      { filter: "bicubic", shorterSide: 3, out: { height: 3, width: 3 } },
    );
    return {
      params: { count: 1, outHeight: 3, outWidth: 3 },
      variant: {},
      reads: [pixels, table, windows],
      writes: [new Float32Array(2 * 3 * 3 * 3)],
    };
  },
};

interface Window {
  readonly first: number;
  readonly weights: Int32Array;
}

function windowAt(windows: Int32Array, at: number): Window {
  const [first, count] = windows.subarray(at, at + 2);
  return { first, weights: windows.subarray(at + 2, at + 2 + count) };
}

const half = 2 ** (weightDigits - 1);

/** A sum of weighted levels as one. */
function level(sum: number): number {
  return Math.min(Math.max(sum >> weightDigits, 0), 255);
}

/** Line by line, each resampled once and added to what it is a part of. */
function resampleReference(
  rgb: Uint8Array,
  { width, first, second, isVerticalFirst, y }: {
    readonly width: number;
    readonly first: readonly Window[];
    readonly second: readonly Window[];
    readonly isVerticalFirst: boolean;
    readonly y: BufferData | Uint8Array;
  },
): void {
  const [tapStep, lineStep] = isVerticalFirst ? [width, 1] : [1, width];
  const [across, down] = isVerticalFirst
    ? [second.length, 1]
    : [1, first.length];
  const sums = second.map(() => new Int32Array(first.length * 3).fill(half));
  const end = Math.max(
    ...second.map(({ first, weights }) => first + weights.length),
  );
  const line = new Uint8Array(first.length * 3);
  for (let at = second[0].first; at < end; at++) {
    const from = rgb.subarray(at * lineStep * 3);
    resampleLine(from, first, { line, step: tapStep * 3 });
    for (const [index, { first, weights }] of second.entries()) {
      const weight = weights[at - first];
      if (weight === undefined) continue;
      const sum = sums[index];
      for (let i = 0; i < sum.length; i++) sum[i] += weight * line[i];
    }
  }
  for (const [index, sum] of sums.entries()) {
    for (let at = 0; at < first.length; at++) {
      const to = (index * down + at * across) * 3;
      for (let c = 0; c < 3; c++) y[to + c] = level(sum[at * 3 + c]);
    }
  }
}

function resampleLine(
  rgb: Uint8Array,
  windows: readonly Window[],
  { line, step }: { readonly line: Uint8Array; readonly step: number },
): void {
  for (let index = 0; index < windows.length; index++) {
    const { first, weights } = windows[index];
    let red = half, green = half, blue = half;
    for (let tap = 0; tap < weights.length; tap++) {
      const from = (first + tap) * step;
      red += weights[tap] * rgb[from];
      green += weights[tap] * rgb[from + 1];
      blue += weights[tap] * rgb[from + 2];
    }
    line.set([level(red), level(green), level(blue)], index * 3);
  }
}
