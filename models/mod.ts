/**
 * The models known by name, and builders of their graphs.
 *
 * @module
 */
export {
  packedInceptionGraph,
  packedMembers,
  type PackedModel,
  packedModelOf,
} from "./inception_v3_npm.ts";
export * from "./registry.ts";
