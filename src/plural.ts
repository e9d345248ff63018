/**
 * Counts in sentences.
 *
 * @module
 */

/**
 * A count with its noun: `1 image`, `2 images`, `3 classes`.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { counted } from "./plural.ts";
 * strictEqual(counted(1, "image"), "1 image");
 * strictEqual(counted(2, "class"), "2 classes");
 * ```
 */
export function counted(count: number, noun: string): string {
  const ending = /(?:s|sh|tch|x)$/.test(noun) ? "es" : "s";
  return `${count} ${noun}${count === 1 ? "" : ending}`;
}

/** A noun, given in the plural, as it follows a count; words may stand before it, and `of ...` after it. */
export function nounOf(count: number, nouns: string): string {
  if (count !== 1) return nouns;
  return nouns.replace(
    /\p{Ll}+(?= of |$)/u,
    (word) => word.replace(/(?<=ss|sh|tch|x)es$|(?<!s)s$/, ""),
  );
}
