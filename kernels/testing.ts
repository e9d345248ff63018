/**
 * How kernels are checked: run on the GPU, compare with the reference.
 *
 * @module
 */
import { openLocalSession } from "../src/gpu/local_session.ts";
import { runKernel } from "../src/gpu/check_kernel.ts";
import type { Session } from "../src/gpu/session.ts";
import type { Variant } from "./program.ts";
import type { AnyKernel, Kernel, KernelCall, ParamTable } from "./kernel.ts";

export { runKernel };

/** Bounds of {@linkcode assertAllClose}. */
export interface Tolerance {
  /** Allowed beside what the value's size allows [1e-6]. */
  readonly absolute?: number;
  /** Allowed as a share of the expected value [1e-5]. */
  readonly relative?: number;
}

/**
 * Throws unless each value is within `absolute + relative * |expected|`; says
 * how many are not, the worst, and the first.
 */
export function assertAllClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute = 1e-6, relative = 1e-5 }: Tolerance = {},
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${actual.length} values, expected ${expected.length}`);
  }
  let count = 0, first = -1, worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (difference <= absolute + relative * Math.abs(expected[i])) continue;
    if (first < 0) first = i;
    count++;
    worst = Math.max(worst, difference);
  }
  if (count > 0) {
    throw new Error(
      `${count} of ${expected.length} values differ, at most by ${worst}; first at ${first}: got ${
        actual[first]
      }, expected ${
        expected[first]
      } (absolute ${absolute}, relative ${relative})`,
    );
  }
}

/** Throws unless the GPU and the reference agree on every buffer written. */
export async function checkKernel<
  Table extends ParamTable,
  V extends Variant,
>(
  session: Session,
  kernel: Kernel<Table, V>,
  call: KernelCall<Table, V>,
  tolerance?: Tolerance,
): Promise<void> {
  const actual = await runKernel(session, kernel, call);
  const expected = call.writes.map((array) => array.slice());
  kernel.reference({ ...call, writes: expected });
  actual.forEach((array, index) =>
    assertAllClose(array, expected[index], tolerance)
  );
}

let shared: Promise<Session> | undefined;

/** One session for all kernel tests of a file: opening one costs more than a test. */
export function testSession(): Promise<Session> {
  shared ??= openLocalSession();
  return shared;
}

/** Values in -1..1 from a small seeded generator: tests need no better one. */
export function testValues(length: number, seed = 1): Float32Array {
  let state = seed * 2654435761 >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** A kernel's own example, checked: what `doctor` calls the self-test. */
export function selfTest(session: Session, kernel: AnyKernel): Promise<void> {
  return checkKernel(session, kernel, kernel.example());
}
