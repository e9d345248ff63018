import { InputError } from "../errors.ts";
import { type Orientation, readOrientation } from "./orientation.ts";
import { latin1 } from "./sniff.ts";

/** What the markers of a JPEG file say; nothing is decoded. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 (gray), 3 (YCbCr or RGB) or 4 (CMYK or YCCK). */
  readonly components: number;
  /** Bits a sample. */
  readonly precision: number;
  readonly orientation: Orientation;
  readonly coding: "huffman" | "arithmetic";
  /** Why such a JPEG is not decoded, if it is not. */
  readonly refusal: string | undefined;
  /** The end marker was reached. */
  readonly ended: boolean;
  /** The scans begun so far bring every coefficient of every component to full precision. */
  readonly scansComplete: boolean;
}

const marker = {
  soi: 0xd8,
  eoi: 0xd9,
  sos: 0xda,
  dhp: 0xde,
  app1: 0xe1,
  jpegLs: 0xf7,
} as const;
const coefficients = 64;
const notYetCoded = 255;

// Table B.1; the other processes of the frame markers are decoded.
const arithmetic = new Set([0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);
const refusals = new Map([
  ...[0xc3, 0xcb].map((code) => [code, refusalOf("lossless JPEG")] as const),
  ...[0xc5, 0xc6, 0xc7, 0xcd, 0xce, 0xcf].map((code) =>
    [code, refusalOf("hierarchical JPEG")] as const
  ),
  [marker.jpegLs, refusalOf("JPEG-LS")],
]);

function refusalOf(kind: string): string {
  return `${kind} is not supported; save it again as PNG or as an ordinary JPEG`;
}

interface Segment {
  readonly code: number;
  readonly body: Uint8Array;
}

interface Frame {
  /** The marker: the process by which the picture is coded. */
  readonly code: number;
  readonly width: number;
  readonly height: number;
  readonly precision: number;
  /** By component: for each coefficient, how many low bits are still missing. */
  readonly missingBits: Map<number, Uint8Array>;
}

/**
 * Reads a JPEG file's markers (ITU-T T.81, annex B).
 *
 * @throws {InputError} If the file ends before it says how large the picture is, or before the picture begins.
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  let frame: Frame | undefined;
  let orientation: Orientation = 1;
  let isHierarchical = false;
  let ended = false;
  let scans = 0;
  for (const { code, body } of segments(bytes)) {
    if (isStartOfFrame(code)) frame ??= readFrame(code, body);
    else if (code === marker.app1 && orientation === 1) {
      orientation = orientationIn(body);
    } else if (code === marker.dhp) isHierarchical = true;
    else if (code === marker.sos) {
      scans++;
      if (frame) recordScan(frame, body);
    } else if (code === marker.eoi) ended = true;
  }
  if (!frame || scans === 0) {
    throw new InputError(
      ended
        ? "a JPEG without a picture in it"
        : "truncated JPEG: it ends before its picture begins; copy or download it again",
    );
  }
  const { code, width, height, precision, missingBits } = frame;
  const scansComplete = [...missingBits.values()].every((bits) =>
    bits.every((missing) => missing === 0)
  );
  return {
    width,
    height,
    precision,
    components: missingBits.size,
    orientation,
    coding: arithmetic.has(code) ? "arithmetic" : "huffman",
    refusal: isHierarchical
      ? refusalOf("hierarchical JPEG")
      : refusals.get(code),
    ended,
    scansComplete,
  };
}

/** The orientation that the segments before the picture say, for who needs no more of a file. */
export function readJpegOrientation(bytes: Uint8Array): Orientation {
  let orientation: Orientation = 1;
  for (const { code, body } of segments(bytes)) {
    if (code === marker.sos || orientation !== 1) break;
    if (code === marker.app1) orientation = orientationIn(body);
  }
  return orientation;
}

function orientationIn(body: Uint8Array): Orientation {
  return latin1(body, 0, 6) === "Exif\0\0" ? readOrientation(body) : 1;
}

// Yields each marker segment up to and including the end marker; stops where a segment is cut off.
function* segments(bytes: Uint8Array): Generator<Segment> {
  let position = 2;
  while (true) {
    position = bytes.indexOf(0xff, position);
    while (bytes[position] === 0xff) position++;
    if (position < 0 || position >= bytes.length) return;
    const code = bytes[position++];
    if (code === marker.eoi) {
      return yield { code, body: bytes.subarray(position, position) };
    }
    if (isBare(code)) continue;
    const length = (bytes[position] << 8) | bytes[position + 1];
    if (
      position + 2 > bytes.length || length < 2 ||
      position + length > bytes.length
    ) return;
    yield { code, body: bytes.subarray(position + 2, position + length) };
    position += length;
  }
}

// Markers without a length: stuffed zeros and restarts inside entropy-coded data (which need no
// other treatment to be passed over), TEM, and a second start of image.
function isBare(code: number): boolean {
  return code <= 0x01 || (code >= 0xd0 && code <= marker.soi);
}

// C4, C8 and CC lie in the range of the frame markers but are tables and extensions.
function isStartOfFrame(code: number): boolean {
  return code === marker.jpegLs ||
    code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 &&
      code !== 0xcc;
}

function readFrame(code: number, body: Uint8Array): Frame | undefined {
  const count = body[5];
  if (body.length < 6 + 3 * count) return undefined;
  const missingBits = new Map<number, Uint8Array>();
  for (let index = 0; index < count; index++) {
    missingBits.set(
      body[6 + 3 * index],
      new Uint8Array(coefficients).fill(notYetCoded),
    );
  }
  return {
    code,
    precision: body[0],
    height: (body[1] << 8) | body[2],
    width: (body[3] << 8) | body[4],
    missingBits,
  };
}

function recordScan(frame: Frame, body: Uint8Array): void {
  const count = body[0];
  if (body.length < 4 + 2 * count) return;
  const [first, last, approximation] = body.subarray(1 + 2 * count);
  for (let index = 0; index < count; index++) {
    frame.missingBits.get(body[1 + 2 * index])?.fill(
      approximation & 0x0f,
      first,
      last + 1,
    );
  }
}
