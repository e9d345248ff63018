/**
 * Sums, products, extremes and their places along neighbouring axes.
 *
 * @module
 */
import {
  type Kernel,
  linearGroups,
  linearIndex,
  linearWorkgroup,
  type ParamsOf,
} from "./kernel.ts";
import { meanParams } from "./mean.ts";
import source from "./reduce.wgsl" with { type: "text" };
import { blockOf } from "./unroll.ts";

/** What is made of the values along an axis. */
export type ReduceFunction =
  | "sum"
  | "prod"
  | "max"
  | "min"
  | "argmax"
  | "argmin";

type PlaceFunction = "argmax" | "argmin";

/** Those that combine values. */
const folds: {
  readonly [Name in Exclude<ReduceFunction, PlaceFunction>]: {
    readonly first: number;
    combine(a: number, b: number): number;
    readonly wgsl: readonly [first: string, combined: string];
  };
} = {
  sum: { first: 0, combine: (a, b) => a + b, wgsl: ["0.0", "a + b"] },
  prod: { first: 1, combine: (a, b) => a * b, wgsl: ["1.0", "a * b"] },
  max: {
    first: -Infinity,
    combine: Math.max,
    wgsl: ["load_x(start)", "max(a, b)"],
  },
  min: {
    first: Infinity,
    combine: Math.min,
    wgsl: ["load_x(start)", "min(a, b)"],
  },
};

/** Those that find a place: whether a value is better than the best so far. */
const places: {
  readonly [Name in PlaceFunction]: {
    isBetter(a: number, b: number): boolean;
    readonly wgsl: string;
  };
} = {
  argmax: { isBetter: (a, b) => a > b, wgsl: "a > b" },
  argmin: { isBetter: (a, b) => a < b, wgsl: "a < b" },
};

export type ReduceVariant = {
  function: ReduceFunction;
  /** Whether a workgroup owns a value, not a thread: see {@linkcode reduceCall} [false]. */
  isLong?: boolean;
};

/** More turns of its loops llvmpipe takes from a thread without a word. */
const longestOfThread = 32768;

const longWorkgroup = [256, 1, 1] as const;

/** Parameters and variant for so many values around and along an axis. */
export function reduceCall(
  params: ParamsOf<typeof meanParams>,
  name: ReduceFunction,
): { params: ParamsOf<typeof meanParams>; variant: ReduceVariant } {
  const isLong = params.reduce > longestOfThread;
  return { params, variant: { function: name, ...isLong && { isLong } } };
}

function isPlace(name: ReduceFunction): name is PlaceFunction {
  return name === "argmax" || name === "argmin";
}

/** What becomes of some values; places count from 0, the first of equal ones. */
export function reduceFunction(
  name: ReduceFunction,
): (values: ArrayLike<number>) => number {
  return (values) => {
    if (isPlace(name)) {
      let best = 0;
      for (let at = 1; at < values.length; at++) {
        if (places[name].isBetter(values[at], values[best])) best = at;
      }
      return best;
    }
    const { first, combine } = folds[name];
    let total = first;
    for (let at = 0; at < values.length; at++) {
      total = combine(total, values[at]);
    }
    return total;
  };
}

/** `y[o, i] = f over r of x[o, r, i]`; x: `(outer, reduce, inner)`, y: `(outer, inner)`. */
export const reduce: Kernel<typeof meanParams, ReduceVariant> = {
  name: "reduce",
  params: meanParams,
  reads: () => ({ x: "f32" }),
  writes: () => ({ y: "f32" }),
  texelBindings: () => ["x", "y"],
  workgroup: ({ isLong }) => isLong ? longWorkgroup : linearWorkgroup,
  source: (variant) => [linearIndex, reduceSource(variant)].join("\n"),
  groups: ({ outer, inner }, { isLong }) =>
    isLong ? linearGroups(outer * inner, 1) : linearGroups(outer * inner),
  cost: ({ outer, reduce, inner }) => ({
    flops: outer * reduce * inner,
    bytes: outer * (reduce + 1) * inner * 4,
  }),
  reference({ params, variant, reads: [x], writes: [y] }) {
    const { outer, inner } = params;
    const compute = reduceFunction(variant.function);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * params.reduce * inner + i;
        const values = Array.from(
          { length: params.reduce },
          (_, r) => x[start + r * inner],
        );
        y[o * inner + i] = compute(values);
      }
    }
  },
  example: () => ({
    params: { outer: 2, reduce: 3, inner: 2 },
    variant: { function: "max" },
    reads: [new Float32Array([1, 9, 5, -4, 2, 3, -1, -2, -3, -4, -5, -6])],
    writes: [new Float32Array(4)],
  }),
};

function reduceSource(
  { function: name, isLong = false }: ReduceVariant,
): string {
  if (isPlace(name)) {
    return [
      "fn is_better(a: f32, b: f32) -> bool {",
      `  return ${places[name].wgsl};`,
      "}",
      "",
      blockOf(source, isLong ? "long_index" : "index"),
    ].join("\n");
  }
  const [first, combined] = folds[name].wgsl;
  return [
    `fn first(start: u32) -> f32 { return ${first}; }`,
    "",
    `fn combine(a: f32, b: f32) -> f32 { return ${combined}; }`,
    "",
    isLong ? blockOf(source, "long") : blockOf(source),
  ].join("\n");
}
