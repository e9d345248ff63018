/**
 * A peer and ours in turn: ours, peer, ours, peer. What is printed is both rates
 * and the ratio of each round.
 *
 * @module
 */
import type { JsonObject } from "../../src/bytes/json.ts";
import { messageOf } from "../../src/errors.ts";
import type { Unit } from "../results.ts";
import type { BenchContext } from "../section.ts";

/** What is compared. */
export interface Subject {
  /** Such as `forward of resnet-50`. */
  readonly what: string;
  /** The peer's name. */
  readonly peer: string;
  /** Of the samples. */
  readonly unit: Unit;
}

/** What is measured, on either side. */
export interface Contest extends Subject {
  /** One sample of ours. */
  ours(): Promise<number>;
  /** One sample of the peer, right after. */
  theirs(): Promise<number>;
  /** Said of ours. */
  readonly ourDetails: JsonObject;
  /** Said of theirs. */
  readonly theirDetails: JsonObject;
}

/** Rounds that are done however long they take, unless fewer are asked for. */
const fewestRounds = 3;

/** How long a contest goes on with more rounds than those, in milliseconds. */
const patience = 60_000;

/** Does the work; what goes wrong is a row that says why. */
export async function attempt(
  { what, peer, unit }: Subject,
  { signal, add }: BenchContext,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (signal.aborted) throw error;
    add({
      section: "peers",
      name: `${what}, ${peer}`,
      unit,
      isYardstick: true,
      samples: [],
      warmUp: 0,
      problem: messageOf(error),
    });
  }
}

/**
 * Measures both in turn and adds rows of the peer, of ours, and of the ratio. A
 * slow peer gets fewer rounds.
 */
export async function contest(
  { what, peer, unit, ours, theirs, ourDetails, theirDetails }: Contest,
  { rounds, signal, add }: BenchContext,
): Promise<void> {
  const ourSamples: number[] = [];
  const theirSamples: number[] = [];
  const begun = performance.now();
  for (let round = -1; round < rounds; round++) {
    signal.throwIfAborted();
    const isLate = performance.now() - begun > patience;
    if (isLate && round >= fewestRounds) break;
    const our = await ours();
    const their = await theirs();
    if (round < 0) continue;
    ourSamples.push(our);
    theirSamples.push(their);
  }
  const common = { section: "peers", warmUp: 1 } as const;
  add({
    ...common,
    name: `${what}, ${peer}`,
    unit,
    isYardstick: true,
    samples: theirSamples,
    details: theirDetails,
  });
  add({
    ...common,
    name: `${what}, ours beside ${peer}`,
    unit,
    samples: ourSamples,
    details: ourDetails,
  });
  add({
    ...common,
    name: `${what}, ours to ${peer}`,
    unit: "times",
    samples: ourSamples.map((our, round) => our / theirSamples[round]),
  });
}

/** Of so many in so long, how many a second. */
export function rate(count: number, milliseconds: number): number {
  return count * 1000 / milliseconds;
}
