/**
 * The models known by name, and builders of their graphs.
 *
 * @module
 */
export * from "./architecture.ts";
export * from "./architectures.ts";
export {
  packedInceptionGraph,
  packedMembers,
  type PackedModel,
  packedModelOf,
} from "./inception_v3_npm.ts";
export * from "./known_models.ts";
export * from "./model_entry.ts";
export * from "./named_networks.ts";
export * from "./recognise.ts";
export * from "./registry.ts";
