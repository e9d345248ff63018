/**
 * Bytes of a JPEG, PNG, GIF or WebP file to RGB pixels.
 *
 * @module
 */

import { joinBytes } from "../bytes/join_bytes.ts";
import { InputError } from "../errors.ts";
import {
  decodeCmykSamples,
  decodeGifPixels,
  decodeJpegPixels,
  decodePngPixels,
  decodeWebpPixels,
} from "./_codecs.ts";
import { CodecFailure } from "./_emscripten.ts";
import { type JpegHeader, readJpegHeader } from "./_jpeg_header.ts";
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
  /** Refuse pictures of more pixels than this before any memory is taken for them (default 100 million). */
  readonly maxPixels?: number;
}

/** The default of {@linkcode DecodeOptions.maxPixels}: about 300 MB of RGB. */
export const defaultMaxPixels = 100e6;

const decoders = {
  jpeg: decodeJpeg,
  png: decodePng,
  gif: (bytes) => Promise.resolve(decodeGifPixels(bytes)),
  webp: decodeWebpPixels,
} as const satisfies Record<
  DecodableKind,
  (bytes: Uint8Array, header: ImageHeader) => Promise<RgbImage>
>;

/**
 * Decodes a picture by what its bytes are, whatever its file is called.
 *
 * JPEG pixels equal those of libjpeg-turbo's accurate inverse DCT; CMYK and PNG are turned into RGB as
 * TensorFlow's DecodeJpeg and DecodePng do (alpha is dropped, 16 bits lose the low byte). Of a GIF the first frame is taken.
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
  const image = await decodeStored(bytes, header);
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
  header: ImageHeader,
): Promise<RgbImage> {
  try {
    return await decoders[header.kind](bytes, header);
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
// it lacks: if no complaint is left then, nothing but the marker was missing.
async function decodeJpeg(bytes: Uint8Array): Promise<RgbImage> {
  const header = readJpegHeader(bytes);
  refuseUnusual(header);
  if (header.ended) return await decodeEndedJpeg(bytes, header);
  // The CMYK decoder fills what is missing without a word.
  if (!header.scansComplete || header.components === 4) throw truncatedJpeg();
  const { image, complaint } = await decodeJpegPixels(
    joinBytes([bytes, endMarker]),
  );
  if (complaint !== undefined) throw truncatedJpeg();
  return {
    ...image,
    warning: "lacks its JPEG end marker; the picture is whole",
  };
}

// Cameras pad the end of their files, and the revision is of no account; the pixels are all there.
const harmless = /before marker 0xd9$|unknown JFIF revision/;

async function decodeEndedJpeg(
  bytes: Uint8Array,
  header: JpegHeader,
): Promise<RgbImage> {
  if (header.components === 4) return decodeCmykJpeg(bytes, header);
  const { image, complaint } = await decodeJpegPixels(bytes);
  if (complaint !== undefined && !harmless.test(complaint)) {
    if (/premature end/i.test(complaint)) throw truncatedJpeg();
    return {
      ...image,
      warning: `is a damaged JPEG (${complaint}); decoded as far as possible`,
    };
  }
  if (header.scansComplete) return image;
  return {
    ...image,
    warning: "lacks scans of its JPEG; decoded less sharp than it was",
  };
}

function refuseUnusual({ components, precision }: JpegHeader): void {
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

// An APP14 segment of transform 0 (no YCCK), which the decoder insists on.
const adobeSegment = Uint8Array.fromHex("ffee000e41646f626500640000000000");
const startMarkerBytes = 2;

/**
 * TensorFlow's CMYK to RGB (`jpeg_mem.cc`): with s the stored samples, `s_c s_k / 255` if they are inverted, which an
 * Adobe marker says, else `(255 - s_c) (255 - s_k) / 255`, rounded down.
 */
function decodeCmykJpeg(bytes: Uint8Array, { adobe }: JpegHeader): RgbImage {
  const marked = adobe ? bytes : joinBytes([
    bytes.subarray(0, startMarkerBytes),
    adobeSegment,
    bytes.subarray(startMarkerBytes),
  ]);
  const { width, height, samples } = decodeCmykSamples(marked);
  const pixels = new Uint8Array(width * height * 3);
  const flip = adobe ? 255 : 0;
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
  { truncated }: ImageHeader,
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
