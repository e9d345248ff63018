/**
 * What a part of the benchmark is given, and how it measures.
 *
 * @module
 */
import type { Terminal } from "../src/cli/terminal.ts";
import type { Row, SectionName } from "./results.ts";

/** What the parts of a run share. */
export interface BenchContext {
  /** For progress; rows go through {@linkcode BenchContext.add}. */
  readonly terminal: Pick<Terminal, "line" | "note" | "warn" | "progress">;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Samples of each row. */
  readonly rounds: number;
  /** A Python with TensorFlow, or one that may have it. */
  readonly python: string;
  /** What `model` and `peers` measure, by the names that `openNet` takes [their own]. */
  readonly nets?: readonly string[] | undefined;
  /** Names of the engines that `peers` compares with [all but those that are built first]. */
  readonly peer?: string | undefined;
  /** Whether `model` prints every dispatch, and not only the slowest. */
  readonly profile: boolean;
  /** How `model` keeps weights beside f32. */
  readonly precision?: "f32" | "f16";
  /** Prints a row and keeps it. */
  add(row: Row): void;
  /** The rows so far: later parts say what share of a ceiling they reach. */
  readonly rows: readonly Row[];
}

/** A part of the benchmark. */
export interface Section {
  /** What it is called on the command line. */
  readonly name: SectionName;
  /** Whether it runs only where it is named. */
  readonly isOnRequest?: boolean;
  /** Whether its rows say what share of the adapter's ceiling they reach, so that it has to be measured [false]. */
  readonly isBesideCeiling?: boolean;
  /** Measures and adds rows. */
  run(context: BenchContext): Promise<void>;
}

/** Milliseconds that `action` takes, `rounds` times, after `warmUp` runs [1] that are not kept. */
export async function sampleMilliseconds(
  action: () => Promise<unknown>,
  { rounds, warmUp = 1, signal }: {
    rounds: number;
    warmUp?: number;
    signal?: AbortSignal;
  },
): Promise<number[]> {
  const samples: number[] = [];
  for (let round = -warmUp; round < rounds; round++) {
    signal?.throwIfAborted();
    const start = performance.now();
    await action();
    if (round >= 0) samples.push(performance.now() - start);
  }
  return samples;
}

/**
 * Milliseconds of each of several actions, `rounds` times in turn, so that
 * whatever else the machine does hits all of them; a round before is not kept.
 */
export async function sampleInTurn(
  actions: readonly (() => Promise<unknown>)[],
  { rounds, signal }: { rounds: number; signal?: AbortSignal },
): Promise<number[][]> {
  const samples: number[][] = actions.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, action] of actions.entries()) {
      signal?.throwIfAborted();
      const start = performance.now();
      await action();
      if (round >= 0) samples[index].push(performance.now() - start);
    }
  }
  return samples;
}
