/**
 * One peer beside ours: the same features first, then times in turn.
 *
 * @module
 */
import { messageOf } from "../../src/errors.ts";
import type { Session } from "../../src/gpu/mod.ts";
import type { JsonObject } from "../../src/bytes/json.ts";
import type { Forward } from "../forward.ts";
import {
  type BenchNetworkName,
  benchNetworkNames,
  benchNetworks,
  freshNetworkRate,
} from "../network_training.ts";
import type { Unit } from "../results.ts";
import type { BenchContext } from "../section.ts";
import { headRate } from "../training.ts";
import type { PeerProcess } from "./process.ts";

/** Our side of the comparison. */
export interface Ours {
  /** Name of the weights. */
  readonly model: string;
  /** On its own session, with all pictures written. */
  readonly forward: Forward;
  /** Of the picture that peers get, which is the first of the batch. */
  readonly features: Float32Array;
  /** For head training. */
  readonly session: Session;
}

/** Who is compared. */
export interface Pair {
  /** The peer's name. */
  readonly name: string;
  /** Its process. */
  readonly peer: PeerProcess;
  /** What it is compared with. */
  readonly ours: Ours;
}

/** Relative L2 distance of features up to which engines compute the same. */
const allowedError = 1e-3;

/** Steps of a round of head training: six epochs. */
const headSteps = 96;

/** What is measured, on either side. */
interface Contest {
  readonly what: string;
  /** Of the samples. */
  readonly unit: Unit;
  /** One sample of ours. */
  ours(): Promise<number>;
  /** One sample of the peer, right after. */
  theirs(): Promise<number>;
  readonly ourDetails: JsonObject;
  readonly theirDetails: JsonObject;
}

/** Adds rows of a peer, of ours in the same rounds, and of the ratio. A peer that fails is a row that says why. */
export async function comparePeer(
  pair: Pair,
  context: BenchContext,
): Promise<void> {
  const isUsable = await attempt(pair, context, {
    what: "forward",
    unit: "images/s",
    work: () => compareForward(pair, context),
  });
  if (!isUsable) return;
  await attempt(pair, context, {
    what: "head training",
    unit: "steps/s",
    work: () => compareTraining(pair, context),
  });
  for (const network of benchNetworkNames) {
    await attempt(pair, context, {
      what: `training of ${network}`,
      unit: "images/s",
      work: () => compareNetwork(pair, context, network),
    });
  }
}

async function attempt(
  { name }: Pair,
  { signal, add }: BenchContext,
  { what, unit, work }: Pick<Contest, "what" | "unit"> & {
    work(): Promise<void>;
  },
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    add({
      section: "peers",
      name: `${what}, ${name}`,
      unit,
      isYardstick: true,
      samples: [],
      warmUp: 0,
      problem: messageOf(error),
    });
    return false;
  }
}

async function compareForward(
  { name, peer, ours }: Pair,
  context: BenchContext,
): Promise<void> {
  const { version, features = [] } = await peer.ask({ ask: "features" });
  const error = relativeError(ours.features, features);
  if (!(error <= allowedError)) {
    throw new Error(`its features differ from ours by ${error} (relative L2)`);
  }
  const { batch, run } = ours.forward;
  await contest(name, context, {
    what: "forward",
    unit: "images/s",
    async ours() {
      const start = performance.now();
      await run();
      return rate(batch, performance.now() - start);
    },
    theirs: async () =>
      rate(1, (await peer.ask({ ask: "forward" })).milliseconds),
    ourDetails: { batch, model: ours.model },
    theirDetails: { batch: 1, version, "relative L2 error": error },
  });
}

async function compareTraining(
  { name, peer, ours }: Pair,
  context: BenchContext,
): Promise<void> {
  const ask = () => peer.ask({ ask: "head", steps: headSteps });
  const { version, milliseconds } = await ask();
  if (milliseconds === null) return;
  await contest(name, context, {
    what: "head training",
    unit: "steps/s",
    ours: () => headRate(ours.session, context.signal),
    theirs: async () => rate(headSteps, (await ask()).milliseconds),
    ourDetails: {},
    theirDetails: { version },
  });
}

async function compareNetwork(
  { name, peer }: Pair,
  context: BenchContext,
  network: BenchNetworkName,
): Promise<void> {
  const ask = () => peer.ask({ ask: "network", name: network });
  const { version, milliseconds } = await ask();
  if (milliseconds === null) return;
  const { batch, size, peerSteps } = benchNetworks[network];
  await contest(name, context, {
    what: `training of ${network}`,
    unit: "images/s",
    ours: () => freshNetworkRate(network, { signal: context.signal }),
    theirs: async () => rate(peerSteps * batch, (await ask()).milliseconds),
    ourDetails: { batch, size },
    theirDetails: { version },
  });
}

async function contest(
  name: string,
  { rounds, signal, add }: BenchContext,
  { what, unit, ours, theirs, ourDetails, theirDetails }: Contest,
): Promise<void> {
  const ourSamples: number[] = [];
  const theirSamples: number[] = [];
  for (let round = -1; round < rounds; round++) {
    signal.throwIfAborted();
    const our = await ours();
    const their = await theirs();
    if (round < 0) continue;
    ourSamples.push(our);
    theirSamples.push(their);
  }
  const common = { section: "peers", warmUp: 1 } as const;
  add({
    ...common,
    name: `${what}, ${name}`,
    unit,
    isYardstick: true,
    samples: theirSamples,
    details: theirDetails,
  });
  add({
    ...common,
    name: `${what}, ours beside ${name}`,
    unit,
    samples: ourSamples,
    details: ourDetails,
  });
  add({
    ...common,
    name: `${what}, ours to ${name}`,
    unit: "times",
    samples: ourSamples.map((our, round) => our / theirSamples[round]),
  });
}

function rate(count: number, milliseconds: number | null = null): number {
  return milliseconds === null ? NaN : count * 1000 / milliseconds;
}

/** `|a - b| / |a|`. */
function relativeError(a: Float32Array, b: readonly number[]): number {
  let difference = 0;
  let size = 0;
  for (const [index, value] of a.entries()) {
    difference += (value - b[index]) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}
