/**
 * The model store: what is there, and how models come into it, from archives
 * by resumable, verified downloads or from packages that are read as data.
 *
 * @module
 */
export * from "./digits.ts";
export * from "./download.ts";
export * from "./fetch.ts";
export * from "./store.ts";
