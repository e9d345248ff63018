/**
 * How long each dispatch of a program takes, by the GPU's own clock.
 *
 * @module
 */
import { InputError } from "../src/errors.ts";
import type { LocalSession, PreparedStep } from "../src/gpu/local_session.ts";
import type { ProgramHandle } from "../src/gpu/session.ts";

/** WebGPU allows so many queries in one set. */
const maxQueries = 4096;

const bytesPerTimestamp = 8;

/**
 * Runs a loaded program once with each step in a pass of its own and gives the
 * milliseconds of each, in the program's order, as the adapter's timestamps
 * have it. Whether they say anything is to be checked: llvmpipe writes them when
 * it comes to a pass, and its threads work on that later.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * import { dispatch, kernelNamed } from "../kernels/mod.ts";
 * import { openLocalSession } from "../src/gpu/local_session.ts";
 * const session = await openLocalSession();
 * const step = dispatch(kernelNamed("unary"), {
 *   params: { size: 4 },
 *   variant: { function: "relu" },
 *   reads: [0],
 *   writes: [1],
 *   label: "relu",
 * });
 * const program = { label: "example", steps: [step], buffers: [{ bytes: 16 }, { bytes: 16 }] };
 * const handle = await session.load({ program, constants: new Map() });
 * const times = session.adapter.features.includes("timestamp-query")
 *   ? await profileProgram(session, handle)
 *   : [0];
 * strictEqual(times.length, 1);
 * await session.close();
 * ```
 *
 * @throws {InputError} if the adapter has no timestamps.
 */
export async function profileProgram(
  session: LocalSession,
  handle: ProgramHandle,
): Promise<number[]> {
  if (!session.adapter.features.includes("timestamp-query")) {
    throw new InputError(
      `The adapter "${session.adapter.description}" has no timestamps: leave out --profile`,
    );
  }
  const steps = session.stepsOf(handle);
  const stepsPerSet = maxQueries / 2;
  const times: number[] = [];
  for (let start = 0; start < steps.length; start += stepsPerSet) {
    const part = steps.slice(start, start + stepsPerSet);
    times.push(...await profileSteps(session, part));
  }
  return times;
}

async function profileSteps(
  { device, mirrors }: LocalSession,
  steps: readonly PreparedStep[],
): Promise<number[]> {
  const count = 2 * steps.length;
  const size = count * bytesPerTimestamp;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const resolved = device.createBuffer({
    size,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const staging = device.createBuffer({
    size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  try {
    const encoder = device.createCommandEncoder({ label: "profile" });
    for (const [index, step] of steps.entries()) {
      mirrors.refresh(step, encoder);
      const pass = encoder.beginComputePass({
        timestampWrites: {
          querySet,
          beginningOfPassWriteIndex: 2 * index,
          endOfPassWriteIndex: 2 * index + 1,
        },
      });
      pass.setPipeline(step.pipeline);
      pass.setBindGroup(0, step.bindGroup, [step.uniformOffset]);
      pass.dispatchWorkgroups(...step.groups);
      pass.end();
      mirrors.touchWrites(step);
    }
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const ticks = new BigUint64Array(staging.getMappedRange().slice(0));
    return steps.map((_, index) =>
      Number(ticks[2 * index + 1] - ticks[2 * index]) / 1e6
    );
  } finally {
    querySet.destroy();
    resolved.destroy();
    staging.destroy();
  }
}
