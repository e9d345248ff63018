/**
 * What features depend on beside the graph and the picture: the kernels.
 *
 * @module
 */
import { kernelNamed, wgslOf } from "../../kernels/mod.ts";
import { sha256 } from "../bytes/mod.ts";
import type { PassName } from "../passes/mod.ts";
import { planBatch, type Tuning } from "../plan/mod.ts";
import type { FeatureModel } from "./model.ts";

/**
 * A digest of the text of every kernel that a model's program dispatches, in
 * order, so that rows made by other kernels are made again.
 */
export function kernelDigest(
  model: FeatureModel,
  { without, tuning }: {
    without: readonly PassName[];
    /** The ways that are taken. */
    tuning: Tuning;
  },
): string {
  const { program } = planBatch(model, { batch: 1, without, tuning });
  const texts = program.steps.map(({ kernel, variant }) =>
    wgslOf(kernelNamed(kernel), variant).code
  );
  return sha256([...new Set(texts)].join("\n"));
}
