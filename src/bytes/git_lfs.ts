/**
 * The small text that Git leaves in place of a file that Git LFS keeps, where
 * the file itself was never fetched.
 *
 * @module
 */

/** The first line of a pointer, of today's Git LFS and of the one before it. */
const firstLines = [
  "version https://git-lfs.github.com/spec/",
  "version https://hawser.github.com/spec/",
];

/** Why such a file cannot be used, and what to do. */
export const gitLfsReason =
  "a Git LFS pointer, not the file itself; run git lfs pull";

/**
 * Whether a file's bytes, or the first 64 of them, are a pointer.
 *
 * @example
 * ```ts
 * import { isGitLfsPointer } from "./git_lfs.ts";
 * const text = "version https://git-lfs.github.com/spec/v1\noid sha256:...";
 * isGitLfsPointer(new TextEncoder().encode(text)); // true
 * ```
 */
export function isGitLfsPointer(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 64));
  return firstLines.some((line) => start.startsWith(line));
}
