/**
 * The order of paths and labels.
 *
 * @module
 */

/**
 * Compares texts by code points, as Python's `sorted` and a sort of UTF-8
 * bytes do; JavaScript's own order differs for letters beyond U+FFFF.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { compareCodePoints } from "./order.ts";
 * deepStrictEqual(["b", "a", "B"].sort(compareCodePoints), ["B", "a", "b"]);
 * ```
 */
export function compareCodePoints(first: string, second: string): number {
  const shared = Math.min(first.length, second.length);
  for (let index = 0; index < shared; index++) {
    const left = first.charCodeAt(index);
    const right = second.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return first.length - second.length;
}

/** Surrogates stand for code points above all others, yet U+E000 to U+FFFF come after them. */
function rank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit < 0xe000
    ? codeUnit + 0x10000
    : codeUnit;
}
