/**
 * Our forward pass alone: resized pictures in, features out.
 *
 * @module
 */
import { type FrozenNetwork, type Plan, planBatch } from "../src/plan/mod.ts";
import { openSession, type Session } from "../src/gpu/mod.ts";
import { largestBatch, optimise } from "../src/passes/mod.ts";
import { benchTuning } from "./tuning.ts";

/** A net on the GPU. */
export interface Forward {
  /** Pictures of a run: as asked for, or what the adapter's limits allow. */
  readonly batch: number;
  /** What runs. */
  readonly plan: Plan;
  /** Features `(batch, width)` of the pixels that were last written. */
  run(): Promise<Float32Array>;
  /** Writes pixels `(batch, height, width, channels)`, 0 to 255. */
  write(pixels: Float32Array): Promise<void>;
  /** Frees everything. */
  close(): Promise<void>;
}

/** Loads a net for batches of up to `batch` pictures on a session of its own. */
export async function openForward(
  network: FrozenNetwork,
  { batch: wanted }: { batch: number },
): Promise<Forward> {
  const session = await openSession();
  const batch = batchWithin(session, network, wanted);
  const plan = planBatch(network, {
    batch,
    tuning: await benchTuning(session.adapter),
  });
  const [input, output] = plan.program.buffers
    .flatMap(({ name, bytes }) => name === undefined ? [] : [{ name, bytes }])
    .filter(({ name }) => !plan.constants.has(name));
  const handle = await session.load(plan);
  return {
    batch,
    plan,
    async run() {
      await session.run(handle);
      return new Float32Array(await session.read(output.name, output.bytes));
    },
    write: (pixels) => session.write(input.name, pixels),
    close: () => session.close(),
  };
}

/** The batch that the adapter's limits allow. */
function batchWithin(
  session: Session,
  { graph }: FrozenNetwork,
  wanted: number,
): number {
  const limit = session.adapter.limits.maxStorageBufferBindingSize;
  return Math.min(wanted, largestBatch(optimise(graph), limit));
}

/** Pixels of pictures that are noise over a slope: seeded, and unlike each other. */
export function seededPixels(
  batch: number,
  { height, width, channels = 3 }: {
    height: number;
    width: number;
    channels?: number;
  },
): Float32Array<ArrayBuffer> {
  let state = 1;
  const row = width * channels;
  return Float32Array.from({ length: batch * height * row }, (_, index) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const slope = 192 * (index % row) / row;
    return Math.floor(slope + (state >>> 26));
  });
}
