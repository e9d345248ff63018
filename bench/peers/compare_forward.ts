/**
 * One net in another engine and in ours: the same features first, then times in
 * turn, each with the batch that it is fastest with.
 *
 * @module
 */
import { type Forward, openForward, seededPixels } from "../forward.ts";
import { bestForward } from "../model.ts";
import type { BenchNet } from "../nets.ts";
import type { BenchContext } from "../section.ts";
import { contest, rate, type Subject } from "./contest.ts";
import { peerBatches, peerPictures } from "./net_folder.ts";
import type { PeerProcess } from "./process.ts";

/** Our side. */
export interface Ours {
  /** The net's name. */
  readonly net: string;
  /** Where its weights are from. */
  readonly weights: string;
  /** On its own session, with pictures written. */
  readonly forward: Forward;
  /** The pictures, and more where a peer takes more. */
  readonly pixels: Float32Array<ArrayBuffer>;
  /** Of the batch's pictures, one after another. */
  readonly features: Float32Array;
}

/** Relative L2 distance of features up to which engines compute the same. */
const allowedError = 1e-3;

/** Batches of ours that are tried. */
const ourBatches = [1, peerPictures, 2 * peerPictures];

/** Opens a net with the batch that computes most pictures a second, as rows have it or as one run says. */
export async function openOurs(
  { name, weights, model }: BenchNet,
  { rows, signal }: Pick<BenchContext, "rows" | "signal">,
): Promise<Ours> {
  if (!model) throw new Error("it takes no pictures");
  const { height, width } = model.resize;
  let best: { ours: Ours; rate: number } | undefined;
  const known = bestForward(rows, name)?.batch;
  for (const wanted of known === undefined ? ourBatches : [known]) {
    signal.throwIfAborted();
    const forward = await openForward(model, { batch: wanted });
    const { batch } = forward;
    const pixels = seededPixels(Math.max(batch, peerPictures), {
      height,
      width,
    });
    await forward.write(pixels.subarray(0, batch * height * width * 3));
    const features = await forward.run();
    const speed = await bestOf(() => ourSpeed(forward));
    const isBetter = !best || speed > best.rate;
    await (isBetter ? best?.ours.forward : forward)?.close();
    if (!isBetter) continue;
    best = {
      ours: { net: name, weights, forward, pixels, features },
      rate: speed,
    };
  }
  if (!best) throw new Error("no batch was tried");
  return best.ours;
}

/** Compares a peer that has the net with ours. */
export async function compareForward(
  subject: Subject,
  { peer, ours }: { peer: PeerProcess; ours: Ours },
  context: BenchContext,
): Promise<void> {
  let best = { batch: 1, rate: 0 };
  let version = "";
  let error = 0;
  for (const batch of peerBatches) {
    context.signal.throwIfAborted();
    const answer = await peer.ask({ ask: "features", batch });
    version = answer.version;
    error = Math.max(error, errorOf(ours, answer.features ?? [], batch));
    if (!(error <= allowedError)) {
      throw new Error(
        `its features differ from ours by ${error} (relative L2), at most ${allowedError} is the same network`,
      );
    }
    const speed = await bestOf(() => speedOf(peer, batch));
    if (speed > best.rate) best = { batch, rate: speed };
  }
  await contest({
    ...subject,
    ours: () => ourSpeed(ours.forward),
    theirs: () => speedOf(peer, best.batch),
    ourDetails: { batch: ours.forward.batch, weights: ours.weights },
    theirDetails: { batch: best.batch, version, "relative L2 error": error },
  }, context);
}

/** The fastest of a few samples, or of fewer where they are slow: a machine at work only ever slows. */
async function bestOf(sample: () => Promise<number>): Promise<number> {
  const begun = performance.now();
  let best = 0;
  for (let count = 0; count < 3; count++) {
    best = Math.max(best, await sample());
    if (performance.now() - begun > 3000) break;
  }
  return best;
}

async function ourSpeed({ batch, run }: Forward): Promise<number> {
  const begun = performance.now();
  await run();
  return rate(batch, performance.now() - begun);
}

async function speedOf(peer: PeerProcess, batch: number): Promise<number> {
  const { milliseconds = NaN } = await peer.ask({ ask: "forward", batch });
  return rate(batch, milliseconds);
}

/** `|a - b| / |a|` over the pictures that both have. */
function errorOf(
  { features, forward }: Ours,
  theirs: readonly number[],
  batch: number,
): number {
  const width = features.length / forward.batch;
  if (theirs.length !== batch * width) return NaN;
  const count = Math.min(features.length, theirs.length);
  let difference = 0;
  let size = 0;
  for (const [index, value] of features.subarray(0, count).entries()) {
    difference += (value - theirs[index]) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}
