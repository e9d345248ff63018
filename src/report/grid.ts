/**
 * The picture of predictions: photos in rows and columns, each with its label under it.
 *
 * @module
 */

import { type Color, drawText, fitText, measureText } from "./_text.ts";
import type { RgbImage } from "../image/rgb_image.ts";

/** One photo of the grid and what the classifier said about it. */
export interface GridCell {
  /** The photo; it is fitted into a square, its aspect kept. */
  readonly image: RgbImage;
  /** The predicted label. */
  readonly label: string;
  /** Probability of the prediction, 0 to 1, drawn as a percentage. */
  readonly confidence?: number;
  /** The true label, drawn in a second line under a wrong prediction. */
  readonly truth?: string;
  /** Black where right, red where wrong, grey where the truth is unknown. */
  readonly verdict: "right" | "wrong" | "unknown";
}

/** How a grid is laid out. */
export interface GridOptions {
  /** Photos a row; fewer where there are fewer photos. */
  readonly columns?: number;
  /** Side of each photo's square, in pixels. */
  readonly cellSize?: number;
  /** Height of the letters, in pixels an em. Multiples of 16 keep the bitmap letters crisp. */
  readonly fontSize?: number;
}

const paper: Color = [255, 255, 255];
const mat: Color = [243, 243, 240];
const muted: Color = [110, 110, 110];
const verdictColors: Record<GridCell["verdict"], Color> = {
  right: [0, 0, 0],
  wrong: [200, 16, 24],
  unknown: [120, 120, 120],
};

/**
 * Draws the photos in reading order on white. Letters come from a bundled font; a box stands for a letter
 * that it lacks, and a label that is too long ends in an ellipsis.
 *
 * @throws {RangeError} if there are no cells or a picture's pixels do not match its size.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * const image = { width: 1, height: 1, pixels: Uint8Array.of(255, 200, 0) };
 * const grid = drawGrid([{ image, label: "sunflower", verdict: "right" }]);
 * strictEqual(grid.pixels.length, grid.width * grid.height * 3);
 * ```
 */
export function drawGrid(
  cells: readonly GridCell[],
  options: GridOptions = {},
): RgbImage {
  const { columns: mostColumns = 4, cellSize = 224, fontSize = 16 } = options;
  if (cells.length === 0) {
    throw new RangeError("A grid needs at least one picture");
  }
  const columns = Math.min(mostColumns, cells.length);
  const gap = fontSize;
  const lineHeight = Math.round(fontSize * 1.4);
  const lines = cells.some(hasSecondLine) ? 2 : 1;
  const pitch = {
    x: cellSize + gap,
    y: cellSize + gap + lines * lineHeight + Math.round(fontSize / 2),
  };
  const rows = Math.ceil(cells.length / columns);
  const grid = blank(columns * pitch.x + gap, rows * pitch.y + gap);
  cells.forEach((cell, index) => {
    const left = gap + (index % columns) * pitch.x;
    const top = gap + Math.floor(index / columns) * pitch.y;
    drawPhoto(grid, cell.image, { left, top, size: cellSize });
    drawLabel(grid, cell, {
      left,
      top: top + cellSize + Math.round(fontSize / 4),
      width: cellSize,
      fontSize,
      lineHeight,
    });
  });
  return grid;
}

function hasSecondLine(cell: GridCell): boolean {
  return cell.verdict === "wrong" && cell.truth !== undefined;
}

function blank(width: number, height: number): RgbImage {
  return {
    width,
    height,
    pixels: new Uint8Array(width * height * 3).fill(paper[0]),
  };
}

interface LabelBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly fontSize: number;
  readonly lineHeight: number;
}

/** The label at the left, its confidence at the right, the truth of a wrong one below. */
function drawLabel(
  grid: RgbImage,
  cell: GridCell,
  { left, top, width, fontSize: size, lineHeight }: LabelBox,
): void {
  let room = width;
  const baseline = top + lineHeight - Math.round(size * 0.3);
  if (cell.confidence !== undefined && Number.isFinite(cell.confidence)) {
    const percentage = `${Math.round(cell.confidence * 100)} %`;
    const x = left + width - measureText(percentage, size);
    drawText(grid, percentage, { size, x, baseline, color: muted });
    room = x - left - size / 2;
  }
  const label = fitText(cell.label, { size, width: room });
  drawText(grid, label, {
    size,
    x: left,
    baseline,
    color: verdictColors[cell.verdict],
  });
  if (hasSecondLine(cell)) {
    const truth = fitText(`truth: ${cell.truth}`, { size, width });
    drawText(grid, truth, {
      size,
      x: left,
      baseline: baseline + lineHeight,
      color: muted,
    });
  }
}

function drawPhoto(
  grid: RgbImage,
  photo: RgbImage,
  { left, top, size }: { left: number; top: number; size: number },
): void {
  if (
    photo.pixels.length !== photo.width * photo.height * 3 ||
    photo.pixels.length === 0
  ) {
    throw new RangeError(
      `A picture of ${photo.width}x${photo.height} came with ${photo.pixels.length} bytes`,
    );
  }
  const scale = size / Math.max(photo.width, photo.height);
  const width = Math.max(1, Math.round(photo.width * scale));
  const height = Math.max(1, Math.round(photo.height * scale));
  const fitted = resizeByArea(photo, { width, height });
  for (let y = 0; y < size; y++) {
    const row = ((top + y) * grid.width + left) * 3;
    for (let x = 0; x < size * 3; x++) grid.pixels[row + x] = mat[x % 3];
  }
  const [insetX, insetY] = [(size - width) >> 1, (size - height) >> 1];
  for (let y = 0; y < height; y++) {
    const row = fitted.pixels.subarray(y * width * 3, (y + 1) * width * 3);
    grid.pixels.set(row, ((top + insetY + y) * grid.width + left + insetX) * 3);
  }
}

/** Each new pixel is the mean of the area it covers: smooth when shrinking, square pixels when growing. */
function resizeByArea(
  photo: RgbImage,
  { width, height }: { width: number; height: number },
): RgbImage {
  const [across, down] = [
    spans(photo.width, width),
    spans(photo.height, height),
  ];
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sum = [0, 0, 0];
      for (const [row, rowShare] of down[y]) {
        for (const [column, columnShare] of across[x]) {
          const offset = (row * photo.width + column) * 3;
          for (let channel = 0; channel < 3; channel++) {
            sum[channel] += photo.pixels[offset + channel] * rowShare *
              columnShare;
          }
        }
      }
      pixels.set(sum.map(Math.round), (y * width + x) * 3);
    }
  }
  return { width, height, pixels };
}

/** For each new pixel along one axis the old pixels it covers and the share of each; shares sum to 1. */
function spans(
  from: number,
  to: number,
): [position: number, share: number][][] {
  const ratio = from / to;
  return Array.from({ length: to }, (_, index) => {
    const [start, end] = [index * ratio, Math.min(from, (index + 1) * ratio)];
    const covered: [number, number][] = [];
    for (let position = Math.floor(start); position < end; position++) {
      const length = Math.min(end, position + 1) - Math.max(start, position);
      covered.push([position, length / (end - start)]);
    }
    return covered;
  });
}
