/**
 * Bytes of a JPEG, PNG, GIF or WebP file to RGB pixels.
 *
 * @module
 */

import { joinBytes } from "../bytes/join_bytes.ts";
import { InputError } from "../errors.ts";
import {
  decodeGifPixels,
  decodeJpegSamples,
  decodePngPixels,
  decodeWebpPixels,
  type JpegSamples,
} from "./_codecs.ts";
import { type JpegHeader, readJpegHeader } from "./_jpeg_header.ts";
import { CodecFailure } from "./_raw_codec.ts";
import {
  copyAgain,
  type ImageHeader,
  pngChunks,
  pngSignatureBytes,
  readHeader,
} from "./header.ts";
import { turnUpright } from "./orientation.ts";
import type { RgbImage } from "./rgb_image.ts";
import { type DecodableKind, kindNames } from "./sniff.ts";

export interface DecodeOptions {
  /** Turn the picture as its EXIF orientation says (default true); TensorFlow's DecodeJpeg never does. */
  readonly exif?: boolean;
  /**
   * How JPEG coefficients become samples [INTEGER_ACCURATE]. TensorFlow's DecodeJpeg does INTEGER_FAST unless it is told
   * otherwise; both differ by a few levels.
   */
  readonly dctMethod?: "INTEGER_ACCURATE" | "INTEGER_FAST";
  /** Refuse pictures of more pixels than this before any memory is taken for them (default 100 million). */
  readonly maxPixels?: number;
}

/** Grows whenever the pixels of some file change, so that what was made of them before is not taken for theirs. */
export const decodersVersion = 2;

/** The default of {@linkcode DecodeOptions.maxPixels}: about 300 MB of RGB. */
export const defaultMaxPixels = 100e6;

const decoders = {
  jpeg: decodeJpeg,
  png: decodePng,
  gif: (bytes, { header }) => Promise.resolve(decodeGifPixels(bytes, header)),
  webp: decodeWebpPixels,
} as const satisfies Record<
  DecodableKind,
  (
    bytes: Uint8Array,
    file: { readonly header: ImageHeader; readonly isFast: boolean },
  ) => Promise<RgbImage>
>;

/**
 * Decodes a picture by what its bytes are, whatever its file is called.
 *
 * JPEG pixels equal those of libjpeg-turbo with fancy upsampling, whatever the sampling and the coding; CMYK and PNG are
 * turned into RGB as TensorFlow's DecodeJpeg and DecodePng do (alpha is dropped, 16 bits lose the low byte). Of a GIF the
 * first frame is taken, at the size that DecodeGif gives it.
 *
 * @returns RGB, with a warning where the file is damaged but its picture could be decoded.
 * @throws {InputError} With the reason alone, so that callers can put the path before it.
 *
 * @example
 * ```ts
 * import { decodeImage } from "./decode.ts";
 * const bytes = await Deno.readFile("tests/fixtures/images/exif_6.jpg");
 * const { width, height, pixels } = await decodeImage(bytes);
 * ```
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  const header = readHeader(bytes);
  refuseBomb(header, options.maxPixels ?? defaultMaxPixels);
  const isFast = options.dctMethod === "INTEGER_FAST";
  const image = await decodeStored(bytes, { header, isFast });
  if (image.width !== header.width || image.height !== header.height) {
    throw new InputError(
      `damaged ${
        kindNames[header.kind]
      }: its header and its data differ in size`,
    );
  }
  return options.exif ?? true ? turnUpright(image, header.orientation) : image;
}

async function decodeStored(
  bytes: Uint8Array,
  file: { readonly header: ImageHeader; readonly isFast: boolean },
): Promise<RgbImage> {
  const { header } = file;
  try {
    return await decoders[header.kind](bytes, file);
  } catch (error) {
    if (!(error instanceof CodecFailure)) throw error;
    const state = header.truncated ? "truncated" : "damaged";
    const reason = error.message && `: ${error.message}`;
    throw new InputError(
      `${state} ${kindNames[header.kind]}${reason}; ${copyAgain}`,
      {
        cause: error,
      },
    );
  }
}

function refuseBomb(
  { kind, width, height }: ImageHeader,
  maxPixels: number,
): void {
  if (width * height <= maxPixels) return;
  throw new InputError(
    `a ${
      kindNames[kind]
    } of ${width} x ${height} pixels is over the limit of ${maxPixels} pixels; make it smaller`,
  );
}

const endMarker = new Uint8Array([0xff, 0xd9]);

// libjpeg fills what is missing with gray and only complains, so a cut file is given the end marker
// it lacks: if no complaint is left then, nothing but the marker was missing. Arithmetic coding goes
// on with zeros where its bytes end, and libjpeg has no complaint of that.
function decodeJpeg(
  bytes: Uint8Array,
  { isFast }: { readonly isFast: boolean },
): Promise<RgbImage> {
  const header = readJpegHeader(bytes);
  refuseUnusual(header);
  if (cannotHold(header, bytes.length)) throw truncatedJpeg();
  if (header.ended) {
    const decoded = decodeJpegSamples(bytes, { isFast });
    return Promise.resolve(endedJpeg(decoded, header));
  }
  const isToldWhole = header.scansComplete && header.coding === "huffman";
  if (!isToldWhole) throw truncatedJpeg();
  const decoded = decodeJpegSamples(joinBytes([bytes, endMarker]), { isFast });
  if (decoded.complaint !== undefined) throw truncatedJpeg();
  return Promise.resolve({
    ...toRgb(decoded),
    warning: "lacks its JPEG end marker; the picture is whole",
  });
}

// Cameras pad the end of their files, and the revision is of no account; the pixels are all there.
const harmless = /before marker 0xd9$|unknown JFIF revision/;

function endedJpeg(decoded: JpegSamples, header: JpegHeader): RgbImage {
  const { complaint } = decoded;
  if (complaint !== undefined && !harmless.test(complaint)) {
    if (/premature end/i.test(complaint)) throw truncatedJpeg();
    return {
      ...toRgb(decoded),
      warning: `is a damaged JPEG (${complaint}); decoded as far as possible`,
    };
  }
  if (header.scansComplete) return toRgb(decoded);
  return {
    ...toRgb(decoded),
    warning: "lacks scans of its JPEG; decoded less sharp than it was",
  };
}

// One bit at least codes a block of 8 x 8 samples, and of the largest unit, 32 x 32 pixels, there are 8 blocks at
// least. Arithmetic coding may take less. No memory is taken for what cannot be there.
function cannotHold(
  { width, height, coding }: JpegHeader,
  byteLength: number,
): boolean {
  return coding === "huffman" && width * height > byteLength * 1024;
}

function refuseUnusual({ components, precision, refusal }: JpegHeader): void {
  if (refusal !== undefined) throw new InputError(refusal);
  if (components !== 1 && components !== 3 && components !== 4) {
    throw new InputError(
      `a JPEG of ${components} components is not supported; save it as RGB`,
    );
  }
  if (precision !== 8) {
    throw new InputError(
      `a JPEG of ${precision} bits a sample is not supported; save it with 8 bits`,
    );
  }
}

function truncatedJpeg(): InputError {
  return new InputError(
    `truncated JPEG: its data ends before its picture does; ${copyAgain}`,
  );
}

/**
 * TensorFlow's CMYK to RGB (`jpeg_mem.cc`): with s the stored samples, `s_c s_k / 255` if they are inverted, which an
 * Adobe marker says, else `(255 - s_c) (255 - s_k) / 255`, rounded down.
 */
function toRgb(
  { width, height, channels, samples, isAdobe }: JpegSamples,
): RgbImage {
  if (channels === 3) return { width, height, pixels: samples };
  const pixels = new Uint8Array(width * height * 3);
  const flip = isAdobe ? 0 : 255;
  for (let from = 0, to = 0; from < samples.length; from += 4) {
    const black = samples[from + 3] ^ flip;
    for (let ink = 0; ink < 3; ink++) {
      pixels[to++] = ((samples[from + ink] ^ flip) * black) / 255;
    }
  }
  return { width, height, pixels };
}

const pngEnd = Uint8Array.fromHex("0000000049454e44ae426082");

// Only what makes the pixels is handed on: the decoder would blacken the colour that a tRNS chunk
// names, and refuse a picture over a damaged comment. Both are otherwise in TensorFlow.
function decodePng(
  bytes: Uint8Array,
  { header: { truncated } }: { readonly header: ImageHeader },
): Promise<RgbImage> {
  const needed = ["IHDR", "PLTE", "IDAT"];
  const chunks = [...pngChunks(bytes)].filter(({ name }) =>
    needed.includes(name)
  ).map(({ whole }) => whole);
  const image = decodePngPixels(
    joinBytes([bytes.subarray(0, pngSignatureBytes), ...chunks, pngEnd]),
  );
  return Promise.resolve(
    truncated
      ? { ...image, warning: "lacks its PNG end chunk; the picture is whole" }
      : image,
  );
}
