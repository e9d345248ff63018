/**
 * What is read and written as texels, and which tensors need no buffer, because
 * every step takes them so.
 *
 * @module
 */
import {
  kernelNamed,
  linearWorkgroup,
  roundUp,
  stepBindings,
} from "../../kernels/mod.ts";
import { takeTexels } from "../../kernels/kernel.ts";
import { fitTexels, texelFormat } from "../../kernels/texels.ts";
import type { BufferIndex, BufferSpec, Step } from "../../kernels/program.ts";

/** Steps with their variants chosen, and the tensors that are textures then. */
export interface TexelSteps {
  readonly steps: readonly Step[];
  readonly tensors: ReadonlySet<BufferIndex>;
}

/** What is known of a program's buffers when texels are chosen. */
export interface TexelOptions {
  /** By index, before any are shared. */
  readonly buffers: readonly BufferSpec[];
  /** Whether a buffer is the same in every run [false]. */
  readonly isConstant?: (buffer: BufferIndex) => boolean;
  /** Whether kernels read texels wherever that pays. */
  readonly texels: boolean;
  /** What is read as texels by steps that are not there [nothing]. */
  readonly readLater?: readonly BufferIndex[];
}

/**
 * Reads texels where it pays, and makes tensors textures that some step reads as
 * texels, every other step that reads or writes them can take as texels, and
 * nobody outside knows by name. That saves copying them into textures, and
 * their buffers.
 */
export function useTexels(
  plain: readonly Step[],
  options: TexelOptions,
): TexelSteps {
  const { buffers, readLater = [] } = options;
  const steps = options.texels ? withReads(plain, options) : plain;
  const wanted = new Set(readLater);
  const refused = new Set<BufferIndex>();
  for (const step of steps) {
    for (const { name, buffer, element, access } of bindingsOf(step)) {
      if (texelFormat(element)) {
        if (access === "read") wanted.add(buffer);
      } else if (!takes(step, [name])) refused.add(buffer);
    }
  }
  const tensors = new Set(
    [...wanted].filter((buffer) =>
      !refused.has(buffer) && buffers[buffer].name === undefined
    ),
  );
  return { tensors, steps: steps.map((step) => withTensors(step, tensors)) };
}

/** More of them no kernel has; WebGPU's default limit, of four, is that of adapters without texels. */
const mostTexels = 8;

/** Nanoseconds on llvmpipe: of a copy to a texture for its command and for each float, and what a float is read sooner as a texel's. */
const copyNs = { each: 5000, float: 0.45 } as const;
const readGainNs = 5.5;

/** Steps that read as texels what takes longer to read than to copy. */
function withReads(
  steps: readonly Step[],
  { buffers, isConstant = () => false }: TexelOptions,
): readonly Step[] {
  const gains = new Map<BufferIndex, number>();
  for (const step of steps) {
    for (const { buffer } of looseReads(step)) {
      const floats = buffers[buffer].bytes / 4;
      // Each thread reads a float, or each float is read.
      const loads = Math.max(floats, threadsOf(step));
      const gain = loads * readGainNs + (gains.get(buffer) ?? 0);
      gains.set(buffer, gain);
    }
  }
  const pays = (buffer: BufferIndex) => {
    const floats = buffers[buffer].bytes / 4;
    if (!fitTexels(roundUp(floats, 4))) return false;
    const copied = isConstant(buffer) ? 0 : floats;
    return (gains.get(buffer) ?? 0) > copyNs.each + copied * copyNs.float;
  };
  return steps.map((step) => {
    const bound = bindingsOf(step).filter(({ element }) =>
      texelFormat(element) !== undefined
    ).length;
    const names = looseReads(step)
      .filter(({ buffer }) =>
        pays(buffer)
      )
      .map(({ name }) => name)
      .slice(0, mostTexels - bound - step.writes.length);
    return { ...step, variant: takes(step, names) ?? step.variant };
  });
}

/** What a step reads from buffers, and could as texels. */
function looseReads(step: Step) {
  return bindingsOf(step).filter(({ name, element, access }) =>
    access === "read" && texelFormat(element) === undefined &&
    takes(step, [name]) !== undefined
  );
}

function threadsOf({ kernel: name, variant, groups }: Step): number {
  const workgroup = kernelNamed(name).workgroup?.(variant) ?? linearWorkgroup;
  return [...groups, ...workgroup].reduce((product, size) => product * size, 1);
}

function bindingsOf(step: Step) {
  return stepBindings(kernelNamed(step.kernel), step);
}

function takes({ kernel, variant }: Step, names: readonly string[]) {
  return takeTexels(kernelNamed(kernel), variant, names);
}

function withTensors(step: Step, tensors: ReadonlySet<BufferIndex>): Step {
  const names = bindingsOf(step)
    .filter(({ buffer, element }) =>
      texelFormat(element) === undefined && tensors.has(buffer)
    )
    .map(({ name }) => name);
  if (names.length === 0) return step;
  const variant = takes(step, names);
  if (variant) return { ...step, variant };
  throw new Error(`"${step.label}" takes no texels for ${names.join(" and ")}`);
}
