/**
 * Contents of the buffers that a kernel is checked and timed on.
 *
 * @module
 */
import type { BufferData, KernelCall } from "../kernels/kernel.ts";
import type { ElementType } from "../kernels/texels.ts";
import { kernelNamed } from "../kernels/mod.ts";
import type { Step } from "../src/plan/mod.ts";

/** Small enough that a reference, plain loops in JavaScript, takes a part of a second. */
const affordableFlops = 5e7;

/** Parameters that count independent rows or pictures, so that fewer of them are still the same case. */
const countingParams = ["parts", "rows", "batch", "outer", "images"] as const;

/**
 * The step as it is, or on fewer rows where its reference would take seconds;
 * undefined if there is nothing to take fewer of.
 */
export function affordableStep(step: Step): Step | undefined {
  const kernel = kernelNamed(step.kernel);
  const { flops, bytes } = kernel.cost(step.params, step.variant);
  const work = Math.max(flops, bytes / 4);
  if (work <= affordableFlops) return step;
  const counted = countingParams.find((name) => (step.params[name] ?? 0) > 1);
  if (counted === undefined) return undefined;
  const share = affordableFlops / work;
  const count = Math.max(1, Math.floor(step.params[counted] * share));
  const params = { ...step.params, [counted]: count };
  return { ...step, params, groups: kernel.groups(params, step.variant) };
}

/** Data for a step: numbers in [0.1, 1.1) to read, so that roots and variances exist, and zeros to write into. */
export function caseData(
  step: Step,
  bufferBytes: readonly number[],
): KernelCall {
  const { params, variant } = step;
  const kernel = kernelNamed(step.kernel);
  const reads = Object.entries(kernel.reads(variant)).map(([name, type], at) =>
    valuesToRead(bufferBytes[at] / 4, {
      type,
      // A counter of 1 suits kernels that look at the step before it, too.
      indexOf: name === "counter"
        ? () => 1
        : remainder(indexLimit(name, { step, bufferBytes })),
    })
  );
  const writes = Object.values(kernel.writes(variant)).map((type, at) =>
    zeros(bufferBytes[reads.length + at] / 4, type)
  );
  const isOfMaxima = step.kernel === "pool_gradient" && variant.kind === "max";
  return {
    params,
    variant,
    // Overlapping windows look for where their maximum was.
    reads: isOfMaxima ? withMaxima(reads, step) : reads,
    writes,
  };
}

/** What indices are below: fewer than there are classes, or rows. */
function indexLimit(
  name: string,
  { step: { kernel, params }, bufferBytes: [first] }: {
    step: Step;
    bufferBytes: readonly number[];
  },
): number {
  if (name === "labels") return kernel === "sigmoid_cross_entropy" ? 2 : 5;
  return kernel === "gather_rows" ? first / 4 / params.depth : 1024;
}

function remainder(limit: number): (index: number) => number {
  return (index) => index % limit;
}

/** dy and x as they are, and of x what the pool makes of it. */
function withMaxima(
  [dy, x, ...rest]: readonly BufferData[],
  { params }: Step,
): BufferData[] {
  const pool = kernelNamed("pool");
  const maxima = rest.map((y) => new Float32Array(y.length));
  for (const y of maxima) {
    const yStride = params.channels;
    pool.reference({
      params: { ...params, yStride, yOffset: 0 },
      variant: { kind: "max" },
      reads: [x],
      writes: [y],
    });
  }
  return [dy, x, ...maxima];
}

function valuesToRead(
  length: number,
  { type, indexOf }: { type: ElementType; indexOf(index: number): number },
): BufferData {
  if (type !== "u32") return seededValues(length);
  return Uint32Array.from({ length }, (_, index) => indexOf(index));
}

function zeros(length: number, type: ElementType): BufferData {
  return type === "u32" ? new Uint32Array(length) : new Float32Array(length);
}

let longest = new Float32Array();

/** The first `length` numbers of always the same row: making millions anew for each case would take longer than the case. */
function seededValues(length: number): Float32Array {
  if (longest.length < length) {
    let state = 1;
    longest = new Float32Array(length);
    for (let index = 0; index < length; index++) {
      // Numerical Recipes' generator; its upper bits are good enough here.
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      longest[index] = 0.1 + (state >>> 8) / 2 ** 24;
    }
  }
  return longest.subarray(0, length);
}
