/**
 * Kernels against their references on the adapter at hand: what `doctor` runs
 * on a user's machine and the kernels' tests on ours.
 *
 * @module
 */
import {
  type AnyKernel,
  type BufferData,
  dispatch,
  type Kernel,
  type KernelCall,
  type ParamTable,
  roundUp,
  takeTexels,
} from "../../kernels/kernel.ts";
import { messageOf } from "../errors.ts";
import type { Plan, Variant } from "../../kernels/program.ts";
import { presetTuning } from "../../kernels/tuning.ts";
import type { AdapterFacts, Session } from "./session.ts";

/** What came of one kernel's example. */
export interface SelfTestResult {
  /** Name of the kernel. */
  readonly kernel: string;
  /** Whether every value is as near to the reference as rounding allows. */
  readonly passed: boolean;
  /** The largest difference from the reference; NaN if it did not run. */
  readonly maxError: number;
  /** From loading, which compiles, to reading back. */
  readonly milliseconds: number;
  /** Why it did not run. */
  readonly failure?: string;
}

/** How far a value may be from the reference: sums of f32 in another order. */
const allowed = { absolute: 1e-6, relative: 1e-5 } as const;

/**
 * Runs a kernel's own example and compares it with the reference; a failure is a
 * result, not an exception. Texels are read where the adapter's preset reads them.
 */
export async function selfTestKernel(
  session: Session,
  kernel: AnyKernel,
): Promise<SelfTestResult> {
  const call = exampleOn(session.adapter, kernel);
  const expected = call.writes.map((array) => array.slice());
  kernel.reference({ ...call, writes: expected });
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  const { name } = kernel;
  try {
    const actual = await runKernel(session, kernel, call);
    const milliseconds = elapsed();
    const { passed, maxError } = compare(actual, expected);
    return { kernel: name, passed, maxError, milliseconds };
  } catch (error) {
    return {
      kernel: name,
      passed: false,
      maxError: NaN,
      milliseconds: elapsed(),
      failure: messageOf(error),
    };
  }
}

function exampleOn(adapter: AdapterFacts, kernel: AnyKernel) {
  const call = kernel.example();
  if (presetTuning(adapter).texels) {
    return { ...call, variant: withAllTexels(kernel, call.variant) };
  }
  return call.variant.texels === true
    ? { ...call, variant: { ...call.variant, texels: false } }
    : call;
}

/** The variant with texels wherever its kernel takes them. */
export function withAllTexels(kernel: AnyKernel, variant: Variant): Variant {
  const names = kernel.texelBindings?.(variant) ?? [];
  return names.reduce(
    (chosen, name) => takeTexels(kernel, chosen, [name]) ?? chosen,
    variant,
  );
}

function compare(
  actual: readonly BufferData[],
  expected: readonly BufferData[],
): { passed: boolean; maxError: number } {
  let passed = true;
  let maxError = 0;
  for (const [at, array] of expected.entries()) {
    for (const [index, value] of array.entries()) {
      const error = Math.abs(actual[at][index] - value);
      // Written so that NaN fails.
      const isNear = error <= allowed.absolute +
          allowed.relative * Math.abs(value);
      passed &&= isNear;
      maxError = Number.isNaN(error) ? Infinity : Math.max(maxError, error);
    }
  }
  return { passed, maxError };
}

/** Runs one call on the GPU and returns what the writes hold afterwards. */
export async function runKernel<
  Table extends ParamTable,
  V extends Variant,
>(
  session: Session,
  kernel: Kernel<Table, V>,
  call: KernelCall<Table, V>,
): Promise<BufferData[]> {
  const data = [...call.reads, ...call.writes];
  const prefix = `check ${kernel.name} ${nextCheck++} `;
  const plan: Plan = {
    program: {
      label: kernel.name,
      buffers: data.map((array, index) => ({
        bytes: roundUp(array.byteLength, 16),
        name: prefix + index,
      })),
      steps: [dispatch(kernel, {
        params: call.params,
        variant: call.variant,
        reads: call.reads.map((_, index) => index),
        writes: call.writes.map((_, index) => call.reads.length + index),
        label: kernel.name,
      })],
    },
    constants: new Map(),
  };
  const handle = await session.load(plan);
  for (const [index, array] of data.entries()) {
    await session.write(prefix + index, array);
  }
  await session.run(handle);
  const results: BufferData[] = [];
  for (const [index, array] of call.writes.entries()) {
    const bytes = await session.read(
      prefix + (call.reads.length + index),
      array.byteLength,
    );
    results.push(
      array instanceof Uint32Array
        ? new Uint32Array(bytes)
        : new Float32Array(bytes),
    );
  }
  await session.unload(handle);
  return results;
}

let nextCheck = 0;
