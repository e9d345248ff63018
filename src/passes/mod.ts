/**
 * Graph -> Graph: each pass is a pure function that computes the same with less
 * work. An optimisation is a pass, never a branch in a lowering.
 *
 * @module
 */
import type { Graph } from "../graph/ir.ts";
import { cancelTransposes } from "./cancel_transposes.ts";
import { concatInPlace } from "./concat_in_place.ts";
import { foldBatchNorm } from "./fold_batch_norm.ts";
import { foldConstants } from "./fold_constants.ts";
import { fuseActivation, fuseForwardActivation } from "./fuse_activation.ts";
import { fuseBias } from "./fuse_bias.ts";
import { fusePad } from "./fuse_pad.ts";
import { fusePixels } from "./fuse_pixels.ts";
import { fuseResidual } from "./fuse_residual.ts";
import { recogniseActivation } from "./recognise_activation.ts";
import { recogniseBatchNorm } from "./recognise_batch_norm.ts";
import { recogniseLayerNorm } from "./recognise_layer_norm.ts";
import { splitDense } from "./split_dense.ts";

export { keepNan } from "./keep_nan.ts";
export { largestBatch, liftBatch } from "./lift_batch.ts";
export {
  type Resize,
  type SplitGraph,
  splitPreprocessing,
} from "./split_preprocessing.ts";

/** The passes in the order they run. */
export const passes = {
  foldConstants,
  cancelTransposes,
  recogniseActivation,
  recogniseLayerNorm,
  recogniseBatchNorm,
  fuseBias,
  foldBatchNorm,
  fuseActivation,
  fuseForwardActivation,
  fusePad,
  fusePixels,
  fuseResidual,
  splitDense,
  concatInPlace,
} as const satisfies Record<string, (graph: Graph) => Graph>;

/** Name of one of {@linkcode passes}. */
export type PassName = keyof typeof passes;

/** Passes for graphs that are not trained: these keep less than gradients need. */
export const forwardPasses: readonly PassName[] = [
  "fuseForwardActivation",
  "fusePad",
  "fusePixels",
  "fuseResidual",
  "concatInPlace",
];

/** Passes for our kernels alone: files of other formats have no node for what these make. */
export const kernelPasses: readonly PassName[] = [
  "fusePixels",
  "fuseResidual",
  "splitDense",
  "concatInPlace",
];

/**
 * Runs all passes but those in `without`. Constants are always folded: what
 * depends on nothing has no place on a GPU.
 */
export function optimise(
  graph: Graph,
  { without = [] }: { without?: readonly PassName[] } = {},
): Graph {
  return Object.entries(passes).reduce(
    (current, [name, pass]) =>
      without.some((skipped) => skipped === name) ? current : pass(current),
    graph,
  );
}
