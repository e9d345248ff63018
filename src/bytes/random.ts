/**
 * Seeded random numbers that any machine, and a shader, can reproduce.
 *
 * Each number is a function of (seed, stream, counter) in 32-bit arithmetic, so
 * that the whole state is three integers and a GPU thread can make the n-th
 * number without the ones before it.
 *
 * @module
 */
import { UsageError } from "../errors.ts";

/** All of a generator's state, as plain JSON for a checkpoint. */
export interface RandomState {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** Integer in [0, 2^32): generators of one seed and different streams are independent. */
  readonly stream: number;
  /** How many 32-bit numbers were drawn; at most 2^53 - 1. */
  readonly counter: number;
}

const twoTo32 = 2 ** 32;
const twoTo24 = 2 ** 24;

/** Multipliers and key increments of Philox4x32. */
const multipliers = [0xd2511f53, 0xcd9e8d57] as const;
const keyIncrements = [0x9e3779b9, 0xbb67ae85] as const;
const rounds = 10;

/** Four 32-bit words, each an integer in [0, 2^32). */
export type FourWords = readonly [number, number, number, number];

/**
 * Philox4x32-10: four random words of a counter under a key. From Salmon and
 * others, "Parallel random numbers: as easy as 1, 2, 3", SC 2011; TensorFlow's
 * generator too. Words are unsigned and wrap at 2^32, as WGSL's `u32` does.
 */
export function philox4x32(
  counter: FourWords,
  key: readonly [number, number],
): FourWords {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(multipliers[0], c0);
    const high1 = multiplyHigh(multipliers[1], c2);
    const low0 = Math.imul(multipliers[0], c0);
    const low1 = Math.imul(multipliers[1], c2);
    // One after another: a list of four would be made in each round.
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = k0 + keyIncrements[0] | 0;
    k1 = k1 + keyIncrements[1] | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** The upper 32 bits of a product: that of `a` and each half of `b` is exact in f64. */
function multiplyHigh(a: number, b: number): number {
  const low = Math.floor(a * (b & 0xffff) / 0x10000);
  return Math.floor((a * (b >>> 16) + low) / 0x10000) | 0;
}

/**
 * A seeded generator.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { Random } from "./random.ts";
 * const random = Random.seeded(0);
 * random.uint32();
 * const again = Random.restored(random.state());
 * strictEqual(random.uint32(), again.uint32());
 * ```
 */
export class Random {
  readonly #seed: number;
  readonly #stream: number;
  #counter: number;

  private constructor({ seed, stream, counter }: RandomState) {
    this.#seed = checked(seed, "seed", twoTo32 - 1);
    this.#stream = checked(stream, "stream", twoTo32 - 1);
    this.#counter = checked(counter, "counter", Number.MAX_SAFE_INTEGER);
  }

  /**
   * The generator of a seed, and of a stream for each independent use of it.
   *
   * @throws {UsageError} if either is no integer in [0, 2^32)
   */
  static seeded(
    seed: number,
    { stream = 0 }: { stream?: number } = {},
  ): Random {
    return new Random({ seed, stream, counter: 0 });
  }

  /**
   * The generator that goes on from a state.
   *
   * @throws {UsageError} if the state is not one that {@linkcode Random.state} gave
   */
  static restored(state: RandomState): Random {
    return new Random(state);
  }

  state(): RandomState {
    return { seed: this.#seed, stream: this.#stream, counter: this.#counter };
  }

  /** The next integer in [0, 2^32): the first word of Philox with the counter's two halves, the key being seed and stream. */
  uint32(): number {
    const counter = this.#counter++;
    const high = Math.floor(counter / twoTo32);
    const words = philox4x32([counter % twoTo32, high, 0, 0], [
      this.#seed,
      this.#stream,
    ]);
    return words[0];
  }

  /** The next number in [0, 1), a multiple of 2^-24, so that it is the same in f32. */
  uniform(): number {
    return (this.uint32() >>> 8) / twoTo24;
  }

  /**
   * The next integer in [0, n), each equally likely: numbers below 2^32 mod n
   * are drawn again (`arc4random_uniform` of OpenBSD).
   *
   * @throws {RangeError} if `n` is no integer in [1, 2^32]
   */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > twoTo32) {
      throw new RangeError(
        `Cannot draw below ${n}: expected an integer from 1 to 2^32`,
      );
    }
    const rejected = twoTo32 % n;
    for (;;) {
      const drawn = this.uint32();
      if (drawn >= rejected) return drawn % n;
    }
  }

  /** A shuffled copy, each order equally likely (Fisher and Yates, from the end). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
    }
    return shuffled;
  }
}

function checked(value: number, name: string, greatest: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= greatest) return value;
  throw new UsageError(
    `The random ${name} is ${value}, expected an integer from 0 to ${greatest}`,
  );
}
