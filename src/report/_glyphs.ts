/**
 * The letters of the prediction grid: outlines from DejaVu Sans for the alphabets, 16-pixel bitmaps from
 * GNU Unifont for the rest of the Basic Multilingual Plane, a box for anything else. The format of the
 * packed file is written down in `font/make_glyphs.py`, which makes it.
 *
 * @module
 */

import { brotliDecompressSync } from "node:zlib";
import packed from "./font/glyphs.txt" with { type: "text" };

/** A corner of a contour in em, x to the right from the pen, y up from the baseline. */
export type Corner = readonly [x: number, y: number];

/** What one code point looks like. */
export interface Glyph {
  /** How far the pen moves, in em. */
  readonly advance: number;
  /** Closed polygons; where they run the other way round they cut holes. */
  readonly contours: readonly (readonly Corner[])[];
}

interface PackedOutline {
  readonly advance: number;
  readonly contours: number;
  readonly offset: number;
}

interface PackedBitmap {
  readonly columns: number;
  readonly offset: number;
}

interface Font {
  readonly bytes: Uint8Array;
  readonly outlines: ReadonlyMap<number, PackedOutline>;
  readonly bitmaps: ReadonlyMap<number, PackedBitmap>;
}

const outlineUnitsPerEm = 2048;
const bitmapRows = 16;
const bitmapRowsAboveBaseline = 14;
/** Straight pieces a curve is cut into: below a tenth of a pixel off at 32 pixels an em. */
const piecesPerCurve = 4;

let font: Font | undefined;
const glyphs = new Map<number, Glyph>();

/** The glyph of a code point; a box where the font has none. */
export function glyphOf(codePoint: number): Glyph {
  let glyph = glyphs.get(codePoint);
  if (glyph === undefined) {
    glyph = decodeGlyph(codePoint);
    glyphs.set(codePoint, glyph);
  }
  return glyph;
}

function decodeGlyph(codePoint: number): Glyph {
  font ??= openFont();
  const outline = font.outlines.get(codePoint);
  if (outline !== undefined) return decodeOutline(font.bytes, outline);
  const bitmap = font.bitmaps.get(codePoint);
  if (bitmap !== undefined) {
    return decodeBitmap(font.bytes, { ...bitmap, codePoint });
  }
  const [outer, inner] = [
    rectangle(0.06, 0, 0.54, 0.72),
    rectangle(0.11, 0.05, 0.44, 0.62),
  ];
  return { advance: 0.66, contours: [outer, inner.toReversed()] };
}

class Reader {
  constructor(readonly bytes: Uint8Array, public offset = 0) {}

  unsigned(): number {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = this.bytes[this.offset++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
}

function openFont(): Font {
  const bytes = brotliDecompressSync(Uint8Array.fromBase64(packed));
  const reader = new Reader(bytes);
  const outlines = new Map<number, PackedOutline>();
  for (let code = 0, left = reader.unsigned(); left > 0; left--) {
    code += reader.unsigned();
    const advance = reader.unsigned();
    const contours = reader.unsigned();
    const size = reader.unsigned();
    outlines.set(code, { advance, contours, offset: reader.offset });
    reader.offset += size;
  }
  const widths: [code: number, columns: number][] = [];
  for (let code = 0, left = reader.unsigned(); left > 0; left--) {
    code += reader.unsigned();
    widths.push([code, reader.unsigned() * 8]);
  }
  const bitmaps = new Map<number, PackedBitmap>();
  for (const [code, columns] of widths) {
    bitmaps.set(code, { columns, offset: reader.offset });
    reader.offset += bitmapRows * columns / 8;
  }
  return { bytes, outlines, bitmaps };
}

function decodeOutline(
  bytes: Uint8Array,
  { advance, contours, offset }: PackedOutline,
): Glyph {
  const reader = new Reader(bytes, offset);
  const polygons: Corner[][] = [];
  let [x, y] = [0, 0];
  for (let contour = 0; contour < contours; contour++) {
    const points: ControlPoint[] = [];
    for (let left = reader.unsigned(); left > 0; left--) {
      const step = reader.unsigned();
      x += unzigzag(step >>> 1);
      y += unzigzag(reader.unsigned());
      points.push({
        x: x / outlineUnitsPerEm,
        y: y / outlineUnitsPerEm,
        onCurve: (step & 1) === 1,
      });
    }
    polygons.push(flatten(points));
  }
  return { advance: advance / outlineUnitsPerEm, contours: polygons };
}

interface ControlPoint {
  readonly x: number;
  readonly y: number;
  readonly onCurve: boolean;
}

/** TrueType's quadratic curves as a polygon; between two control points lies an implied point of the curve. */
function flatten(points: readonly ControlPoint[]): Corner[] {
  const corners: Corner[] = [];
  for (let index = 0; index < points.length; index++) {
    const point = points[index];
    if (point.onCurve) {
      corners.push([point.x, point.y]);
      continue;
    }
    const start = onCurve(
      points[(index + points.length - 1) % points.length],
      point,
    );
    const end = onCurve(points[(index + 1) % points.length], point);
    for (let piece = 0; piece <= piecesPerCurve; piece++) {
      const t = piece / piecesPerCurve;
      const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
      corners.push([
        a * start.x + b * point.x + c * end.x,
        a * start.y + b * point.y + c * end.y,
      ]);
    }
  }
  return corners;
}

function onCurve(neighbour: ControlPoint, control: ControlPoint): ControlPoint {
  if (neighbour.onCurve) return neighbour;
  return {
    x: (neighbour.x + control.x) / 2,
    y: (neighbour.y + control.y) / 2,
    onCurve: true,
  };
}

/** Each run of set pixels becomes a rectangle, so that one rasteriser draws everything. */
function decodeBitmap(
  bytes: Uint8Array,
  { columns, offset, codePoint }: PackedBitmap & { codePoint: number },
): Glyph {
  // A mark is drawn over the letter before it: Unifont leaves room for it in a cell of its own.
  const isMark = /\p{M}/u.test(String.fromCodePoint(codePoint));
  const pixel = 1 / bitmapRows;
  const contours: Corner[][] = [];
  for (let row = 0; row < bitmapRows; row++) {
    const isSet = (column: number) =>
      column < columns &&
      (bytes[offset + (row * columns + column >> 3)] << (column & 7) & 0x80) !==
        0;
    for (let column = 0; column < columns; column++) {
      const start = column;
      while (isSet(column)) column++;
      if (column === start) continue;
      const left = isMark ? start - columns : start;
      const bottom = bitmapRowsAboveBaseline - row - 1;
      contours.push(
        rectangle(
          left * pixel,
          bottom * pixel,
          (column - start) * pixel,
          pixel,
        ),
      );
    }
  }
  return { advance: isMark ? 0 : columns * pixel, contours };
}

function rectangle(
  left: number,
  bottom: number,
  width: number,
  height: number,
): Corner[] {
  const [right, top] = [left + width, bottom + height];
  return [[left, bottom], [left, top], [right, top], [right, bottom]];
}

function unzigzag(value: number): number {
  return value & 1 ? -(value + 1 >>> 1) : value >>> 1;
}
