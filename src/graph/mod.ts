/**
 * Graphs: TensorFlow's file format, our plain data, and the way between them.
 *
 * @module
 */
export * from "./describe.ts";
export * from "./export.ts";
export * from "./geometry.ts";
export * from "./graphdef.ts";
export * from "./growing_graph.ts";
export * from "./import.ts";
export * from "./ir.ts";
export * from "./layers.ts";
export { neededNodes, nodeOfTensor } from "./names.ts";
export * from "./ops/mod.ts";
export * from "./resize_input.ts";
export * from "./tensor.ts";
export * from "./to_graphdef.ts";
export * from "./weighted_layers.ts";
