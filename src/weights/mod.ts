/**
 * Files of weights, in which each tensor has its layer's name: read from the
 * formats that other frameworks keep them in.
 *
 * @module
 */
export * from "./weight_file.ts";
export { readWeights } from "./read_weights.ts";
