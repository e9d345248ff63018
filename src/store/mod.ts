/**
 * The model store: what is there, and how models come into it, from archives
 * by resumable, verified downloads or from packages that are read as data.
 *
 * @module
 */
export * from "./data_sets.ts";
export * from "./digits.ts";
export * from "./download.ts";
export * from "./fetch.ts";
export * from "./known_data_sets.ts";
export * from "./store.ts";
export { isArchiveName } from "./unpack_folder.ts";
