/**
 * All kernels, by name. Tests, `doctor` and benchmarks iterate over this list.
 *
 * @module
 */
import type { AnyKernel } from "./kernel.ts";
import { conv2d } from "./conv2d.ts";
import { depthwiseConv2d } from "./depthwise_conv2d.ts";
import { dense } from "./dense.ts";
import { denseGradient } from "./dense_gradient.ts";
import { optimizer } from "./optimizer.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
import { unary } from "./unary.ts";

const list: readonly AnyKernel[] = [
  conv2d,
  depthwiseConv2d,
  dense,
  denseGradient,
  optimizer,
  softmaxCrossEntropy,
  unary,
];

/** Every kernel there is. To add one, see CONTRIBUTING.md. */
export const kernels: ReadonlyMap<string, AnyKernel> = new Map(
  list.map((kernel) => [kernel.name, kernel]),
);

/** The kernel of that name. Throws if there is none: a bug, not bad input. */
export function kernelNamed(name: string): AnyKernel {
  const kernel = kernels.get(name);
  if (!kernel) throw new Error(`There is no kernel "${name}"`);
  return kernel;
}

export * from "./kernel.ts";
