/**
 * Numbers that are drawn at random, as far as it does not matter which: dropout that
 * keeps all compares them with 0, or rounds 1 and them down.
 *
 * @module
 */
import type { NodeDef } from "../graphdef.ts";
import { type Known, rounder } from "./value.ts";

/** Both ends belong to it. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** What TensorFlow's RandomUniform draws: floats below 1 in steps of 2^-23. */
export const drawn: Range = { least: 0, most: 1 - 2 ** -23 };

type Pair = (a: number, b: number) => number;

const pairs: Readonly<Record<string, Pair>> = {
  Add: (a, b) => a + b,
  AddV2: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
};

const truths: Readonly<Record<string, Pair>> = {
  Greater: (a, b) => Number(a > b),
  GreaterEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessEqual: (a, b) => Number(a <= b),
};

/**
 * The range of what a node makes of a range and a known value, or `undefined`
 * where that is not known. Ends are rounded as each number between them is.
 */
export function rangeOf(
  { op }: NodeDef,
  operands: readonly (Range | Known)[],
): Range | undefined {
  const ranges = operands.map((one) => "data" in one ? endsOf(one) : one);
  const [a, b] = ranges;
  if (a === undefined || ranges.includes(undefined)) return undefined;
  if (op === "Floor" || op === "Cast") {
    const round = op === "Floor" ? Math.floor : (end: number) => end;
    return { least: round(a.least), most: round(a.most) };
  }
  const compute = pairs[op] ?? truths[op];
  if (!compute || b === undefined) return undefined;
  const round = rounder("float");
  const ends = [a.least, a.most].flatMap((left) =>
    [b.least, b.most].map((right) => round(compute(left, right)))
  );
  return { least: Math.min(...ends), most: Math.max(...ends) };
}

function endsOf({ type, data }: Known): Range | undefined {
  if (type !== "float" || data.length === 0) return undefined;
  const values = Array.from(data);
  return {
    least: values.reduce((least, value) => Math.min(least, value)),
    most: values.reduce((most, value) => Math.max(most, value)),
  };
}

/** The type of what a node makes of ranges. */
export function isTruth({ op }: NodeDef): boolean {
  return Object.hasOwn(truths, op);
}
