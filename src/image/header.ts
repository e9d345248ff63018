/**
 * What a file says about its picture, read without decoding it: enough to refuse a bomb before
 * any memory is taken, and to name what is wrong with a broken file.
 *
 * @module
 */

import { gitLfsReason } from "../bytes/git_lfs.ts";
import { InputError } from "../errors.ts";
import { type Orientation, readOrientation } from "./orientation.ts";
import { readJpegHeader, readJpegOrientation } from "./_jpeg_header.ts";
import {
  type DecodableKind,
  type ImageKind,
  kindNames,
  latin1,
  sniffImage,
} from "./sniff.ts";

/** What a file says about its picture. */
export interface ImageHeader {
  readonly kind: DecodableKind;
  /** Columns as stored, before any EXIF turn. */
  readonly width: number;
  /** Rows as stored, before any EXIF turn. */
  readonly height: number;
  /** EXIF tag 0x0112; 1 where there is none. */
  readonly orientation: Orientation;
  /** The file's end is missing; the picture itself may still be whole. Not told for GIF. */
  readonly truncated: boolean;
}

/** What to do about a file that arrived broken. */
export const copyAgain = "copy or download it again";

const refusals = {
  bmp: "BMP is not supported; convert it with e.g. magick IN.bmp OUT.png",
  tiff: "TIFF is not supported; convert it with e.g. magick IN.tif OUT.png",
  heic:
    "HEIC is not supported; convert it with e.g. heif-convert IN.heic OUT.jpg",
  avif: "AVIF is not supported; convert it with e.g. avifdec IN.avif OUT.png",
  "jpeg-xl":
    "JPEG XL is not supported; convert it with e.g. djxl IN.jxl OUT.png",
  "jpeg-2000":
    "JPEG 2000 is not supported; convert it with e.g. magick IN.jp2 OUT.png",
  svg:
    "SVG is not supported; convert it with e.g. rsvg-convert IN.svg -o OUT.png",
  psd:
    "a Photoshop document is not supported; convert it with e.g. magick IN.psd[0] OUT.png",
  ico:
    "an icon (ICO) is not supported; convert it with e.g. magick IN.ico[0] OUT.png",
  pdf:
    "PDF is not supported; convert its pages with e.g. pdftoppm -png IN.pdf OUT",
  video:
    "a video, not an image; take a frame with e.g. ffmpeg -i IN -frames:v 1 OUT.png",
  zip: "a ZIP archive, not an image; unpack it",
  html: "an HTML page, not an image; download the image itself",
  "git-lfs": gitLfsReason,
  empty: `an empty file (0 bytes); ${copyAgain}`,
  unknown: "not a JPEG, PNG, WebP or GIF image",
} as const satisfies Record<Exclude<ImageKind, DecodableKind>, string>;

/**
 * Reads the header of a JPEG, PNG, GIF or WebP file.
 *
 * @throws {InputError} With the reason alone (no path), if the bytes are no such file, or end inside the header.
 *
 * @example
 * ```ts
 * import { readHeader } from "./header.ts";
 * const { width, height } = readHeader(await Deno.readFile("tests/fixtures/images/rgb8.png"));
 * ```
 */
export function readHeader(bytes: Uint8Array): ImageHeader {
  const kind = sniffImage(bytes);
  switch (kind) {
    case "jpeg":
      return checkSize(readJpeg(bytes));
    case "png":
      return checkSize(readPng(bytes));
    case "gif":
      return checkSize(readGif(bytes));
    case "webp":
      return checkSize(readWebp(bytes));
    default:
      throw new InputError(refusals[kind]);
  }
}

/** As what a picture is stored. */
export type StoredPicture = Pick<ImageHeader, "kind" | "orientation">;

/** As what a picture is stored, by no more of it than that takes; undefined for what is none. */
export function storedPicture(bytes: Uint8Array): StoredPicture | undefined {
  try {
    if (sniffImage(bytes) === "jpeg") {
      return { kind: "jpeg", orientation: readJpegOrientation(bytes) };
    }
    const { kind, orientation } = readHeader(bytes);
    return { kind, orientation };
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function checkSize(header: ImageHeader): ImageHeader {
  const { kind, width, height } = header;
  if (width > 0 && height > 0) return header;
  if (kind === "jpeg" && width > 0) {
    throw new InputError(
      "a JPEG that says its height only after its data is not supported; save it again",
    );
  }
  throw new InputError(
    `a ${kindNames[kind]} of ${width} x ${height} pixels holds no picture`,
  );
}

function readJpeg(bytes: Uint8Array): ImageHeader {
  const { width, height, orientation, ended } = readJpegHeader(bytes);
  return { kind: "jpeg", width, height, orientation, truncated: !ended };
}

function readPng(bytes: Uint8Array): ImageHeader {
  const view = viewOf(bytes);
  if (bytes.length < 33) throw cutOff("png");
  const first = latin1(bytes, 12, 16);
  if (first === "CgBI") {
    throw new InputError(
      "a PNG optimised for iPhones (CgBI) is not supported; convert it with e.g. pngcrush -revert-iphone-optimizations IN.png OUT.png",
    );
  }
  if (first !== "IHDR") {
    throw new InputError(
      `damaged PNG: it does not begin with its header; ${copyAgain}`,
    );
  }
  let orientation: Orientation = 1;
  let truncated = true;
  for (const { name, body } of pngChunks(bytes)) {
    if (name === "eXIf") orientation = readOrientation(body);
    if (name === "IEND") truncated = false;
  }
  return {
    kind: "png",
    width: view.getUint32(16),
    height: view.getUint32(20),
    orientation,
    truncated,
  };
}

export interface PngChunk {
  readonly name: string;
  readonly body: Uint8Array;
  /** The chunk with its length, name and checksum. */
  readonly whole: Uint8Array;
}

/** Bytes before the first chunk. */
export const pngSignatureBytes = 8;

/** Yields the chunks of a PNG file up to its end chunk; one that is cut off is left out. Checksums are not checked. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = pngSignatureBytes;
  while (start + 12 <= bytes.length) {
    const length = view.getUint32(start);
    const end = start + 12 + length;
    if (end > bytes.length) return;
    const name = latin1(bytes, start + 4, start + 8);
    const body = bytes.subarray(start + 8, end - 4);
    yield { name, body, whole: bytes.subarray(start, end) };
    if (name === "IEND") return;
    start = end;
  }
}

// TensorFlow's DecodeGif: the canvas is as large as the largest frame, whatever the screen is said to be.
function readGif(bytes: Uint8Array): ImageHeader {
  let [width, height] = [0, 0];
  for (const frame of gifFrames(bytes)) {
    width = Math.max(width, frame.width);
    height = Math.max(height, frame.height);
  }
  return { kind: "gif", width, height, orientation: 1, truncated: false };
}

/** Yields the sizes of the frames of a GIF file, up to where it is cut off. */
function* gifFrames(
  bytes: Uint8Array,
): Generator<{ readonly width: number; readonly height: number }> {
  const view = viewOf(bytes);
  const block = { extension: 0x21, image: 0x2c } as const;
  let position = 13 + colorTableBytes(bytes[10]);
  let frames = 0;
  for (;;) {
    while (bytes[position] === block.extension) {
      position = afterSubBlocks(bytes, position + 2);
    }
    const isCut = position + 10 > bytes.length;
    if (isCut || bytes[position] !== block.image) break;
    yield {
      width: view.getUint16(position + 5, true),
      height: view.getUint16(position + 7, true),
    };
    frames++;
    const data = position + 10 + colorTableBytes(bytes[position + 9]);
    position = afterSubBlocks(bytes, data + 1);
  }
  if (frames > 0) return;
  const isCut = position >= bytes.length || bytes[position] === block.image;
  throw isCut ? cutOff("gif") : new InputError("a GIF without a picture in it");
}

function afterSubBlocks(bytes: Uint8Array, start: number): number {
  let position = start;
  while (bytes[position] > 0) position += bytes[position] + 1;
  return position + 1;
}

function colorTableBytes(flags: number): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

function readWebp(bytes: Uint8Array): ImageHeader {
  const view = viewOf(bytes);
  if (bytes.length < 30) throw cutOff("webp");
  const truncated = view.getUint32(4, true) + 8 > bytes.length;
  const shared = { kind: "webp", orientation: 1, truncated } as const;
  switch (latin1(bytes, 12, 16)) {
    case "VP8 ":
      return {
        ...shared,
        width: view.getUint16(26, true) & 0x3fff,
        height: view.getUint16(28, true) & 0x3fff,
      };
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return {
        ...shared,
        width: (bits & 0x3fff) + 1,
        height: ((bits >> 14) & 0x3fff) + 1,
      };
    }
    case "VP8X":
      return readExtendedWebp(bytes, shared);
    default:
      throw new InputError(
        `damaged WebP: its first chunk is of no known kind; ${copyAgain}`,
      );
  }
}

function readExtendedWebp(
  bytes: Uint8Array,
  shared: Pick<ImageHeader, "kind" | "truncated">,
): ImageHeader {
  const animation = 0x02;
  if (bytes[20] & animation) {
    throw new InputError(
      "animated WebP is not supported; convert one frame with e.g. webpmux -get frame 1",
    );
  }
  const view = viewOf(bytes);
  let orientation: Orientation = 1;
  for (let chunk = 12; chunk + 8 <= bytes.length;) {
    const length = view.getUint32(chunk + 4, true);
    if (latin1(bytes, chunk, chunk + 4) === "EXIF") {
      orientation = readOrientation(
        bytes.subarray(chunk + 8, chunk + 8 + length),
      );
    }
    chunk += 8 + length + (length & 1);
  }
  return {
    ...shared,
    width: (view.getUint32(24, true) & 0xffffff) + 1,
    height: (view.getUint32(26, true) >>> 8 & 0xffffff) + 1,
    orientation,
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function cutOff(kind: DecodableKind): InputError {
  return new InputError(
    `truncated ${kindNames[kind]}: it ends inside its header; ${copyAgain}`,
  );
}
