/**
 * The model store: resumable, verified downloads, packages as data, and what
 * is there.
 *
 * @module
 */
export * from "./defaults.ts";
export * from "./download.ts";
export * from "./fetch.ts";
export * from "./npm_package.ts";
export * from "./store.ts";
