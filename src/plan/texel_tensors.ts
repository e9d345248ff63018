/**
 * Tensors that need no buffer, because every step takes them as texels.
 *
 * @module
 */
import { kernelNamed, stepBindings } from "../../kernels/mod.ts";
import type { BufferIndex, Step } from "../../kernels/program.ts";

/** Steps with their variants chosen, and the tensors that are textures then. */
export interface TexelSteps {
  readonly steps: readonly Step[];
  readonly tensors: ReadonlySet<BufferIndex>;
}

/**
 * Makes tensors textures that some step reads as texels, every other step that
 * reads or writes them can take as texels, and nobody outside knows by name.
 * That saves copying them into textures, and their buffers.
 */
export function useTexels(
  steps: readonly Step[],
  { isNamed, readLater = [] }: {
    isNamed: (buffer: BufferIndex) => boolean;
    /** What is read as texels by steps that are not there. */
    readLater?: readonly BufferIndex[];
  },
): TexelSteps {
  const wanted = new Set(readLater);
  const refused = new Set<BufferIndex>();
  for (const step of steps) {
    const kernel = kernelNamed(step.kernel);
    for (
      const { name, buffer, element, access } of stepBindings(kernel, step)
    ) {
      if (element === "texels") {
        if (access === "read") wanted.add(buffer);
      } else if (!kernel.withTexels?.(step.variant, [name])) {
        refused.add(buffer);
      }
    }
  }
  const tensors = new Set(
    [...wanted].filter((buffer) => !refused.has(buffer) && !isNamed(buffer)),
  );
  return { tensors, steps: steps.map((step) => withTensors(step, tensors)) };
}

function withTensors(step: Step, tensors: ReadonlySet<BufferIndex>): Step {
  const kernel = kernelNamed(step.kernel);
  const names = stepBindings(kernel, step)
    .filter(({ buffer, element }) =>
      element !== "texels" && tensors.has(buffer)
    )
    .map(({ name }) => name);
  if (names.length === 0) return step;
  const variant = kernel.withTexels?.(step.variant, names);
  if (variant) return { ...step, variant };
  throw new Error(`"${step.label}" takes no texels for ${names.join(" and ")}`);
}
