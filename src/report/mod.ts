/**
 * What people look at: plain data in, pictures and pages out.
 *
 * @module
 */
export * from "./confusion.ts";
export * from "./curves.ts";
export * from "./grid.ts";
export * from "./metrics.ts";
export * from "./png.ts";
