/**
 * One dispatch on a session: checked, then run many times.
 *
 * @module
 */
import type { AnyKernel, BufferData } from "../kernels/kernel.ts";
import { kernelNamed } from "../kernels/mod.ts";
import type { ProgramHandle, Session } from "../src/gpu/mod.ts";
import type { NamedBufferSpec, Step } from "../src/plan/mod.ts";
import {
  type DispatchTimes,
  type Submit,
  timeDispatches,
} from "./dispatch_time.ts";
import type { KernelCase } from "./kernel_cases.ts";
import { affordableStep, caseData } from "./kernel_data.ts";

/** Sums of thousands of f32 products in another order, as a share of the largest value. */
const tolerance = 5e-5;

/** The case that is a kernel's own example. */
export function exampleCase(
  kernel: AnyKernel,
): KernelCase {
  const data = kernel.example();
  const { params, variant, reads, writes } = data;
  const step: Step = {
    kernel: kernel.name,
    params,
    variant,
    reads: reads.map((_, index) => index),
    writes: writes.map((_, index) => reads.length + index),
    groups: kernel.groups(params, variant),
    label: kernel.name,
  };
  return {
    name: `${kernel.name} on its own example`,
    step,
    bufferBytes: [...reads, ...writes].map(({ byteLength }) => byteLength),
    uses: new Map(),
    data,
  };
}

/**
 * Checks and times the cases of one kernel, one after the other, in the same
 * buffers: one for each binding, as large as the largest case needs.
 */
export class KernelBench {
  readonly #session: Session;
  readonly #buffers: readonly NamedBufferSpec[];
  #handle: ProgramHandle | undefined;

  constructor(session: Session, cases: readonly KernelCase[]) {
    this.#session = session;
    const bindings = Math.max(
      ...cases.map(({ bufferBytes }) => bufferBytes.length),
    );
    this.#buffers = Array.from({ length: bindings }, (_, at) => {
      const most = Math.max(
        ...cases.map(({ bufferBytes }) => bufferBytes[at] ?? 0),
      );
      return { name: `buffer ${at}`, bytes: Math.ceil(most / 16) * 16 };
    });
  }

  /**
   * Loads a case and compares it with the reference, on fewer rows if the
   * whole would take too long, and says how much was compared.
   *
   * @throws {Error} if they differ.
   */
  async check(each: KernelCase): Promise<string> {
    const { step, data = caseData(step, each.bufferBytes) } = each;
    this.#handle = await this.#load(step);
    const { reads, writes } = data;
    for (const [at, values] of [...reads, ...writes].entries()) {
      await this.#session.write(this.#buffers[at].name, values);
    }
    const checkable = affordableStep(step);
    if (!checkable) return "no: the reference would take too long";
    const handle = await this.#load(checkable);
    await this.#session.run(handle);
    await this.#session.unload(handle);
    const expected = writes.map((values) => values.slice());
    const { params } = checkable;
    kernelNamed(step.kernel).reference({ ...data, params, writes: expected });
    for (const [at, values] of expected.entries()) {
      const { name } = this.#buffers[reads.length + at];
      const bytes = await this.#session.read(name, values.byteLength);
      requireClose(bytes, values);
    }
    return checkable === step ? "whole" : "on fewer rows";
  }

  /** Runs the case that was checked last, and waits. */
  readonly submit: Submit = async (count) => {
    if (!this.#handle) throw new Error("check() comes first");
    if (count > 0) await this.#session.run(this.#handle, { repeat: count });
    await this.#session.read(this.#buffers[0].name, 4);
  };

  /** Milliseconds of one dispatch of it. */
  time(
    options: { floor: number; rounds: number; signal: AbortSignal },
  ): Promise<DispatchTimes> {
    return timeDispatches(this.submit, options);
  }

  /** Unloads it. */
  async close(): Promise<void> {
    if (this.#handle) await this.#session.unload(this.#handle);
    this.#handle = undefined;
  }

  #load(step: Step): Promise<ProgramHandle> {
    const reads = step.reads.map((_, at) => at);
    const writes = step.writes.map((_, at) => reads.length + at);
    return this.#session.load({
      program: {
        label: step.label,
        steps: [{ ...step, reads, writes }],
        buffers: this.#buffers,
      },
      constants: new Map(),
    });
  }
}

/** Throws unless all values are near the expected ones, measured by the largest of them. */
function requireClose(bytes: ArrayBuffer, expected: BufferData): void {
  const actual = expected instanceof Uint32Array
    ? new Uint32Array(bytes)
    : new Float32Array(bytes);
  let largest = 0;
  let worst = 0;
  for (let index = 0; index < expected.length; index++) {
    largest = Math.max(largest, Math.abs(expected[index]));
    const difference = Math.abs(actual[index] - expected[index]);
    // A NaN is the worst there is, and compares as false.
    worst = difference <= worst ? worst : difference;
  }
  if (worst <= tolerance * largest) return;
  throw new Error(
    `differs from its reference by ${worst} where values reach ${largest}`,
  );
}
