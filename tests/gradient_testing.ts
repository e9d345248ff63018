/**
 * How backward kernels are compared with the gradients of `golden/gradients.py`.
 *
 * @module
 */
import { deepStrictEqual, ok } from "@std/assert";
import type {
  BufferData,
  Kernel,
  KernelCall,
  ParamTable,
} from "../kernels/kernel.ts";
import { sumRows, sumRowsCalls } from "../kernels/sum_rows.ts";
import { runKernel, testSession } from "../kernels/testing.ts";
import type { Variant } from "../kernels/program.ts";

/** The seed of the slope of every output. */
export const slopeSeed = 9;

/** What a kernel writes, on the GPU. */
export async function run<Table extends ParamTable, V extends Variant>(
  kernel: Kernel<Table, V>,
  call: KernelCall<Table, V>,
): Promise<BufferData[]> {
  return await runKernel(await testSession(), kernel, call);
}

/** The sum of the rows of partial sums, as a plan would make it. */
export async function summed(
  partials: BufferData,
  { splits }: { splits: number },
): Promise<BufferData> {
  const columns = partials.length / splits;
  let values = partials;
  for (const { splits: rows, ...call } of sumRowsCalls(splits, columns)) {
    const writes = [new Float32Array(rows * columns)];
    [values] = await run(sumRows, { ...call, reads: [values], writes });
  }
  return values;
}

/** Throws unless the relative L2 error is within the tolerance [1e-5]. */
export function checkClose(
  actual: BufferData,
  { expected, tolerance = 1e-5, name }: {
    expected: readonly number[];
    tolerance?: number;
    name: string;
  },
): void {
  deepStrictEqual(actual.length, expected.length, name);
  const error = expected.reduce(
    (sum, value, i) => sum + (actual[i] - value) ** 2,
    0,
  );
  const size = expected.reduce((sum, value) => sum + value ** 2, 0);
  const relative = Math.sqrt(error / size);
  ok(relative <= tolerance, `${name}: relative L2 ${relative}`);
}

/** The product of dimensions: the number of a tensor's values. */
export function product(dimensions: readonly number[]): number {
  return dimensions.reduce((total, size) => total * size, 1);
}
