/**
 * Exact anti-aliasing: how much of each pixel lies inside a polygon.
 *
 * @module
 */

import type { Corner } from "./_glyphs.ts";

/**
 * Sums, for each pixel, the signed area between the edges and the pixel's right side; a running sum along
 * the row then gives the covered share. The method of Raph Levien's font-rs.
 */
export class Coverage {
  readonly #stride: number;
  readonly #edges: Float32Array;

  constructor(readonly width: number, readonly height: number) {
    this.#stride = width + 2;
    this.#edges = new Float32Array(this.#stride * height);
  }

  /** Adds a closed polygon in pixels, y down. What lies outside the picture is cut off. */
  add(polygon: readonly Corner[]): void {
    for (let index = 0; index < polygon.length; index++) {
      this.#addEdge(polygon[index], polygon[(index + 1) % polygon.length]);
    }
  }

  #addEdge(from: Corner, to: Corner): void {
    const direction = from[1] < to[1] ? 1 : -1;
    const [[topX, topY], [bottomX, bottomY]] = direction === 1
      ? [from, to]
      : [to, from];
    if (topY === bottomY) return;
    const slope = (bottomX - topX) / (bottomY - topY);
    const lastRow = Math.min(this.height, Math.ceil(bottomY));
    for (let row = Math.max(0, Math.floor(topY)); row < lastRow; row++) {
      const start = Math.max(row, topY);
      const end = Math.min(row + 1, bottomY);
      const x = this.#clamp(topX + (start - topY) * slope);
      const nextX = this.#clamp(topX + (end - topY) * slope);
      this.#addRow(row, {
        left: Math.min(x, nextX),
        right: Math.max(x, nextX),
        rise: (end - start) * direction,
      });
    }
  }

  /** An edge within one row, cut at the pixels' sides. */
  #addRow(
    row: number,
    { left, right, rise }: { left: number; right: number; rise: number },
  ): void {
    for (let column = Math.floor(left); column <= right; column++) {
      const [start, end] = [
        Math.max(left, column),
        Math.min(right, column + 1),
      ];
      const share = right === left ? 1 : (end - start) / (right - left);
      const middle = (start + end) / 2 - column;
      const cell = row * this.#stride + column;
      this.#edges[cell] += rise * share * (1 - middle);
      this.#edges[cell + 1] += rise * share * middle;
    }
  }

  #clamp(x: number): number {
    return Math.min(Math.max(x, 0), this.width);
  }

  /** The covered share of each pixel, 0 to 1, in rows from the top. */
  shares(): Float32Array {
    const shares = new Float32Array(this.width * this.height);
    for (let row = 0; row < this.height; row++) {
      let sum = 0;
      for (let column = 0; column < this.width; column++) {
        sum += this.#edges[row * this.#stride + column];
        // Letters whose parts overlap sum to more than one.
        shares[row * this.width + column] = Math.min(1, Math.abs(sum));
      }
    }
    return shares;
  }
}
