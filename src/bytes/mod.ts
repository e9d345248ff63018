/**
 * Bytes in and out: files that are never half there, digests, seeded random
 * numbers, and the small formats (.npy, CSV, JSON lines, packed tensors).
 *
 * @module
 */
export * from "./atomic.ts";
export * from "./csv.ts";
export * from "./digest.ts";
export * from "./file_error.ts";
export * from "./finite.ts";
export * from "./git_lfs.ts";
export * from "./halves.ts";
export * from "./json.ts";
export * from "./json_lines.ts";
export * from "./lock.ts";
export * from "./npy.ts";
export * from "./packed_tensors.ts";
export * from "./printable.ts";
export * from "./random.ts";
export * from "./regular_file.ts";
export * from "./safetensors.ts";
