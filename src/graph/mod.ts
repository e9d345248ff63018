/**
 * Graphs: TensorFlow's file format, our plain data, and the way between them.
 *
 * @module
 */
export * from "./describe.ts";
export * from "./classifier_nodes.ts";
export type { Padding, Pads, Size } from "./geometry.ts";
export { folderKindOf, isOnnxFile, isWeightFile } from "./_file_kind.ts";
export * from "./graphdef.ts";
export { GrowingGraph } from "./growing_graph.ts";
export { halveConstants } from "./halve_constants.ts";
export { importGraph, type ImportOptions } from "./import.ts";
export * from "./ir.ts";
export * from "./keras_layers.ts";
export {
  type BatchNormOptions,
  type ExcitationOptions,
  LayerGraph,
  type LayerGraphOptions,
  type PoolOptions,
  type WeightOptions,
  type WindowOptions,
} from "./layers.ts";
export * from "./lowering.ts";
export { neededNodes, nodeOfTensor } from "./names.ts";
export * from "./ops/mod.ts";
export * from "./resize_input.ts";
export {
  isInput,
  parseSettings,
  type SetValue,
  setValues,
} from "./set_values.ts";
export { readTensor } from "./tensor.ts";
export {
  frozenGraph,
  graphNodes,
  nodeNameOf,
  oldProducer,
} from "./to_graphdef.ts";
