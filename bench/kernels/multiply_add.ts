/**
 * Multiply-adds in registers: what an adapter can do at most.
 *
 * @module
 */
import { ceilDivide, type Kernel } from "../../kernels/kernel.ts";
import { unroll } from "../../kernels/unroll.ts";
import source from "./multiply_add.wgsl" with { type: "text" };

const params = {
  threads: "u32",
  iterations: "u32",
  factor: "f32",
  addend: "f32",
} as const;

/** What specialises {@linkcode multiplyAdd}. */
export type MultiplyAddVariant = {
  /** Independent sums of a thread: they hide the latency of one. */
  accumulators: number;
  /** Multiply-adds of each sum in one turn of the loop. */
  unrolled: number;
  /** Numbers in one sum. */
  lanes: 1 | 4;
  precision: "f32" | "f16";
};

/** Shapes of the loop that are tried: which is best depends on the adapter. */
export const multiplyAddVariants: readonly Omit<
  MultiplyAddVariant,
  "precision"
>[] = [
  { accumulators: 4, unrolled: 1, lanes: 4 },
  { accumulators: 8, unrolled: 1, lanes: 4 },
  { accumulators: 8, unrolled: 4, lanes: 4 },
  { accumulators: 4, unrolled: 4, lanes: 4 },
  { accumulators: 2, unrolled: 8, lanes: 4 },
  { accumulators: 8, unrolled: 8, lanes: 1 },
  { accumulators: 12, unrolled: 4, lanes: 1 },
];

const workgroupSize = 64;

/** `sum = sum * factor + addend`, over and over. */
export const multiplyAdd: Kernel<typeof params, MultiplyAddVariant> = {
  name: "multiply_add",
  params,
  reads: () => ({}),
  writes: () => ({ y: "f32" }),
  workgroup: () => [workgroupSize, 1, 1],
  source({ accumulators, unrolled, lanes, precision }) {
    const [real, sum] = lanes === 4
      ? ["vec4<scalar>", "dot(value, real(1.0))"]
      : ["scalar", "value"];
    return [
      `alias scalar = ${precision};`,
      `alias real = ${real};`,
      `fn horizontal_sum(value: real) -> scalar { return ${sum}; }`,
      unroll(source, { a: accumulators, u: unrolled }),
    ].join("\n");
  },
  groups: ({ threads }) => [ceilDivide(threads, workgroupSize), 1, 1],
  cost: ({ threads, iterations }, { accumulators, unrolled, lanes }) => ({
    flops: 2 * threads * iterations * accumulators * unrolled * lanes,
    bytes: 4 * threads,
  }),
  reference({ params, variant, writes: [y] }) {
    const { accumulators, unrolled, lanes } = variant;
    for (let thread = 0; thread < params.threads; thread++) {
      let total = 0;
      for (let a = 0; a < accumulators; a++) {
        let sum = thread % 8 + a;
        for (let n = 0; n < params.iterations * unrolled; n++) {
          sum = sum * params.factor + params.addend;
        }
        total += sum * lanes;
      }
      y[thread] = total;
    }
  },
  example: () => ({
    params: { threads: 64, iterations: 4, factor: 0.5, addend: 1 },
    variant: { accumulators: 2, unrolled: 2, lanes: 4, precision: "f32" },
    reads: [],
    writes: [new Float32Array(64)],
  }),
};
