/**
 * The class that a picture's path claims.
 *
 * @module
 */
import { basename, dirname } from "@std/path";

/**
 * The label of a picture by its path: its folder's name if that is a label,
 * else the longest label that its file name begins with, followed by `_`, else
 * undefined. Labels are compared in Unicode's NFC.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { truthOf } from "./truth.ts";
 * strictEqual(truthOf("test/roses/1.jpg", ["roses", "tulips"]), "roses");
 * strictEqual(truthOf("tulips_1.jpg", ["roses", "tulips"]), "tulips");
 * strictEqual(truthOf("1.jpg", ["roses", "tulips"]), undefined);
 * ```
 */
export function truthOf(
  path: string,
  labels: readonly string[],
): string | undefined {
  const folder = basename(dirname(path)).normalize("NFC");
  const file = basename(path).normalize("NFC");
  const ofFolder = labels.find((label) => label.normalize("NFC") === folder);
  if (ofFolder !== undefined) return ofFolder;
  return labels
    .filter((label) => file.startsWith(`${label.normalize("NFC")}_`))
    .reduce<string | undefined>(longer, undefined);
}

function longer(first: string | undefined, second: string): string {
  return first !== undefined && first.length >= second.length ? first : second;
}
