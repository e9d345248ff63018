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
 * strictEqual(counted(1, "images"), "1 image");
 * strictEqual(counted(2, "classes"), "2 classes");
 * ```
 *
 * @param nouns In the plural.
 */
export function counted(count: number, nouns: string): string {
  return `${count} ${nounOf(count, nouns)}`;
}

/** A noun, given in the plural, as it follows a count; its first word is the noun. */
export function nounOf(count: number, nouns: string): string {
  if (count !== 1) return nouns;
  return nouns.replace(
    /^\p{Ll}+/u,
    (word) => word.replace(/(?<=ss|sh|ch|x)es$|(?<!s)s$/, ""),
  );
}
