/**
 * Holds functions that read what others wrote to time that grows as what they
 * read does: a regular expression that tries every way to match does not.
 *
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";

/** What a function is fed: one may take the text, another its bytes, Latin-1. */
export interface RepeatedInput {
  readonly text: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const [small, large] = [10_000, 100_000];

/** Ten times the bytes, and what a clock and a collector of garbage add. */
const most = 20;

/** What is done so soon is not measured. */
const soonMs = 5;

/** Others use the machine too: what is slow is slow each time. */
const rounds = 5;

/**
 * Feeds a function each token repeated to 10 kB and to 100 kB, behind each
 * beginning. What it throws is of no account here.
 *
 * @throws if one takes more than 20 times as long for the second
 *
 * @example
 * ```ts
 * import { takesLinearTime } from "./linear_time_testing.ts";
 * await takesLinearTime(({ text }) => JSON.parse(text), {
 *   tokens: ["[", "[]", '"'],
 *   beginnings: ["", "["],
 * });
 * ```
 */
export async function takesLinearTime(
  read: (input: RepeatedInput) => unknown,
  { tokens, beginnings = [""] }: {
    readonly tokens: readonly string[];
    readonly beginnings?: readonly string[];
  },
): Promise<void> {
  const slow: string[] = [];
  for (const beginning of beginnings) {
    for (const token of tokens) {
      const times = await slowTimes(read, [
        repeated(beginning, token, small),
        repeated(beginning, token, large),
      ]);
      if (!times) continue;
      const [start, part] = [beginning, token].map((text) =>
        JSON.stringify(text)
      );
      slow.push(`${start} and ${part} repeated: ${times.join(" ms, ")} ms`);
    }
  }
  deepStrictEqual(slow, []);
}

/** Milliseconds of both, if they are too far apart in each of a few rounds. */
async function slowTimes(
  read: (input: RepeatedInput) => unknown,
  [short, long]: readonly [RepeatedInput, RepeatedInput],
): Promise<readonly [number, number] | undefined> {
  for (let round = 1;; round++) {
    const first = await milliseconds(read, short);
    const second = await milliseconds(read, long);
    if (second < soonMs || second <= most * first) return undefined;
    if (round === rounds) return [first, second];
  }
}

function repeated(
  beginning: string,
  token: string,
  length: number,
): RepeatedInput {
  const text = beginning + token.repeat(Math.ceil(length / token.length));
  return { text, bytes: new Uint8Array(Buffer.from(text, "latin1")) };
}

async function milliseconds(
  read: (input: RepeatedInput) => unknown,
  input: RepeatedInput,
): Promise<number> {
  const start = performance.now();
  try {
    await read(input);
  } catch {
    // Most of these are refused; how soon is what counts.
  }
  return performance.now() - start;
}
