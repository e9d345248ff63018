/**
 * Which rows each step takes.
 *
 * @module
 */
import { Random, type RandomState } from "../bytes/random.ts";

/** Where a {@linkcode BatchSampler} stands, as plain JSON for a checkpoint. */
export interface BatchState {
  /** The generator before it shuffled the running epoch. */
  readonly random: RandomState;
  /** Rows of the running epoch that were taken. */
  readonly position: number;
}

/** In which order epochs take rows: `shuffled` anew each, or all in one that is `fixed`. */
export const batchOrders = ["shuffled", "fixed"] as const;

/** One of {@linkcode batchOrders}. */
export type BatchOrder = typeof batchOrders[number];

/** How a {@linkcode BatchSampler} takes rows. */
export interface BatchOptions {
  /** Whether epochs differ [shuffled]. */
  readonly order?: BatchOrder | undefined;
  /** Rows of a batch, of which a `fixed` order takes whole ones only [1]. */
  readonly batch?: number | undefined;
}

/** The generator's stream, apart from those that split or augment with the same seed. */
const batchStream = 1;

/**
 * Epochs without replacement: each is a new permutation of all rows, and a batch
 * that reaches its end goes on in the next one. In a `fixed` order there is one
 * permutation, and each epoch takes its whole batches.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { BatchSampler } from "./batches.ts";
 * const sampler = BatchSampler.seeded(10, { seed: 7 });
 * sampler.take(4);
 * const again = BatchSampler.restored(10, sampler.state());
 * deepStrictEqual(again.take(64), sampler.take(64));
 * ```
 */
export class BatchSampler {
  readonly #rows: number;
  readonly #options: BatchOptions;
  /** Rows that an epoch takes. */
  readonly epochRows: number;
  readonly #random: Random;
  #epochStart: RandomState;
  #order: readonly number[];
  #position: number;

  private constructor(
    rows: number,
    { random, position }: BatchState,
    options: BatchOptions,
  ) {
    const { order = "shuffled", batch = 1 } = options;
    if (!Number.isInteger(rows) || rows < 1) {
      throw new RangeError(`Cannot take batches of ${rows} rows`);
    }
    const epochRows = order === "fixed" ? rows - rows % batch : rows;
    if (!Number.isInteger(position) || position < 0 || position > epochRows) {
      throw new RangeError(
        `Cannot go on at row ${position} of an epoch of ${epochRows}`,
      );
    }
    this.#rows = rows;
    this.#options = options;
    this.epochRows = epochRows;
    this.#random = Random.restored(random);
    this.#epochStart = random;
    this.#order = this.#shuffled();
    this.#position = position;
  }

  /** The batches of a seed over rows `0` to `rows - 1`. */
  static seeded(
    rows: number,
    { seed, ...options }: BatchOptions & { seed: number },
  ): BatchSampler {
    const random = Random.seeded(seed, { stream: batchStream }).state();
    return new BatchSampler(rows, { random, position: 0 }, options);
  }

  /** The batches that follow a state. */
  static restored(
    rows: number,
    state: BatchState,
    options: BatchOptions = {},
  ): BatchSampler {
    return new BatchSampler(rows, state, options);
  }

  /** The next `count` rows. */
  take(count: number): Uint32Array<ArrayBuffer> {
    return Uint32Array.from({ length: count }, () => this.#next());
  }

  /** The next `count` rows, which are still to be taken. */
  peek(count: number): Uint32Array<ArrayBuffer> {
    return BatchSampler.restored(this.#rows, this.state(), this.#options)
      .take(count);
  }

  /** What {@linkcode BatchSampler.restored} goes on from. */
  state(): BatchState {
    return { random: this.#epochStart, position: this.#position };
  }

  #next(): number {
    if (this.#position === this.epochRows) {
      this.#position = 0;
      if (this.#options.order !== "fixed") {
        this.#epochStart = this.#random.state();
        this.#order = this.#shuffled();
      }
    }
    return this.#order[this.#position++];
  }

  #shuffled(): readonly number[] {
    return this.#random.shuffle(
      Array.from({ length: this.#rows }, (_, row) => row),
    );
  }
}
