/**
 * The models known by name, and builders of their graphs.
 *
 * @module
 */
export {
  packedInceptionGraph,
  type PackedModel,
  type PackedModelReader,
  packedModelReader,
} from "./inception_v3_npm.ts";
export * from "./registry.ts";
