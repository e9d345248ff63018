/**
 * The models known by name, and builders of their graphs.
 *
 * @module
 */
export * from "./inception_v3.ts";
export * from "./inception_v3_npm.ts";
export * from "./registry.ts";
