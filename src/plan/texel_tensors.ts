/**
 * Tensors that need no buffer, because every step takes them as texels.
 *
 * @module
 */
import { kernelNamed } from "../../kernels/mod.ts";
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
    const { withTexels } = kernelNamed(step.kernel);
    for (const { name, buffer, isTexels, isRead } of bindingsOf(step)) {
      if (isTexels && isRead) wanted.add(buffer);
      else if (!isTexels && !withTexels?.(step.variant, [name])) {
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
  const names = bindingsOf(step)
    .filter(({ buffer, isTexels }) => !isTexels && tensors.has(buffer))
    .map(({ name }) => name);
  if (names.length === 0) return step;
  const variant = kernelNamed(step.kernel).withTexels?.(step.variant, names);
  if (variant) return { ...step, variant };
  throw new Error(`"${step.label}" takes no texels for ${names.join(" and ")}`);
}

interface Binding {
  readonly name: string;
  readonly buffer: BufferIndex;
  readonly isTexels: boolean;
  readonly isRead: boolean;
}

function bindingsOf({ kernel: name, variant, reads, writes }: Step): Binding[] {
  const kernel = kernelNamed(name);
  const named = (
    bindings: Readonly<Record<string, string>>,
    { buffers, isRead }: { buffers: readonly BufferIndex[]; isRead: boolean },
  ) =>
    Object.entries(bindings).map(([name, element], at) => ({
      name,
      buffer: buffers[at],
      isTexels: element === "texels",
      isRead,
    }));
  return [
    ...named(kernel.reads(variant), { buffers: reads, isRead: true }),
    ...named(kernel.writes(variant), { buffers: writes, isRead: false }),
  ];
}
