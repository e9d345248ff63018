/**
 * The marks in our WGSL. `//@block NAME` begins what only some variants of a
 * kernel have; `//@each NAME` unrolls: register tiles need named accumulators,
 * because arrays of them are spilled to memory by several drivers.
 *
 * @module
 */

/**
 * The lines after `//@block NAME`, up to the next block or the end of the text;
 * without a name, what stands before the first block.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { blockOf } from "./unroll.ts";
 *
 * const source = "fn main() {}\n\n//@block fast\nconst FAST = true;\n";
 * strictEqual(blockOf(source), "fn main() {}\n");
 * strictEqual(blockOf(source, "fast"), "const FAST = true;\n");
 * ```
 *
 * @throws {SyntaxError} if there is no such block.
 */
export function blockOf(source: string, name?: string): string {
  const [main, ...blocks] = source.split("//@block ");
  const found = name === undefined
    ? main
    : blocks.find((text) => text.startsWith(`${name}\n`))
      ?.slice(name.length + 1);
  if (found === undefined) throw new SyntaxError(`There is no block "${name}"`);
  return `${found.trimEnd()}\n`;
}

/**
 * Repeats the lines between `//@each NAME` and its `//@end` for each value 0,
 * 1, … below `counts[NAME]`, with `$NAME` replaced by the value. Blocks nest.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { unroll } from "./unroll.ts";
 *
 * strictEqual(
 *   unroll("//@each r\nvar sum$r = 0.0;\n//@end", { r: 2 }),
 *   "var sum0 = 0.0;\nvar sum1 = 0.0;",
 * );
 * ```
 *
 * @throws {SyntaxError} if a block is not closed or its count is not given.
 */
export function unroll(
  source: string,
  counts: Readonly<Record<string, number>>,
): string {
  return expand(source.split("\n"), counts).join("\n");
}

function expand(
  lines: readonly string[],
  counts: Readonly<Record<string, number>>,
): string[] {
  const result: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const name = /^\s*\/\/@each (\w+)$/.exec(lines[at])?.[1];
    if (name === undefined) {
      result.push(lines[at]);
      continue;
    }
    const end = closing(lines, at);
    const count = counts[name];
    if (count === undefined) throw new SyntaxError(`No count for "${name}"`);
    const body = lines.slice(at + 1, end);
    for (let value = 0; value < count; value++) {
      const copy = body.map((line) => line.replaceAll(`$${name}`, `${value}`));
      result.push(...expand(copy, counts));
    }
    at = end;
  }
  return result;
}

/** The line of the `//@end` that belongs to the `//@each` at `start`. */
function closing(lines: readonly string[], start: number): number {
  let depth = 0;
  for (let at = start; at < lines.length; at++) {
    if (/^\s*\/\/@each /.test(lines[at])) depth++;
    if (/^\s*\/\/@end$/.test(lines[at]) && --depth === 0) return at;
  }
  throw new SyntaxError(`"${lines[start].trim()}" is never closed`);
}
