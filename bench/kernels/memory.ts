/**
 * Kernels that only move bytes, and one that does nothing.
 *
 * @module
 */
import {
  type Kernel,
  linearGroups,
  linearIndex,
  type ParamsOf,
} from "../../kernels/kernel.ts";
import copySource from "./copy.wgsl" with { type: "text" };
import noOperationSource from "./no_operation.wgsl" with { type: "text" };
import readSource from "./read.wgsl" with { type: "text" };

const params = {
  /** Number of vec4s. */
  vectors: "u32",
  /** Number of threads that share them. */
  threads: "u32",
} as const;

/** A kernel that moves bytes. */
export type MemoryKernel = Kernel<typeof params>;

const workgroupSize = 64;

const shared = {
  params,
  workgroup: () => [workgroupSize, 1, 1],
  groups: ({ threads }: ParamsOf<typeof params>) =>
    linearGroups(threads, workgroupSize),
} as const satisfies Partial<MemoryKernel>;

/** `y = x`, a vec4 a thread. */
export const copy: MemoryKernel = {
  ...shared,
  name: "copy",
  reads: () => ({ x: "vec4f" }),
  writes: () => ({ y: "vec4f" }),
  source: () => [linearIndex, copySource].join("\n"),
  cost: ({ vectors }) => ({ flops: 0, bytes: 32 * vectors }),
  reference({ reads: [x], writes: [y] }) {
    y.set(x);
  },
  example: () => ({
    params: { vectors: 2, threads: 2 },
    variant: {},
    reads: [new Float32Array([1, 2, 3, 4, 5, 6, 7, 8])],
    writes: [new Float32Array(8)],
  }),
};

/** `y[t] = ` sum of every `threads`-th vec4 of x from t on: reads all, writes little. */
export const read: MemoryKernel = {
  ...shared,
  name: "read",
  reads: () => ({ x: "vec4f" }),
  writes: () => ({ y: "vec4f" }),
  source: () => [linearIndex, readSource].join("\n"),
  cost: ({ vectors, threads }) => ({
    flops: 4 * vectors,
    bytes: 16 * (vectors + threads),
  }),
  reference({ params: { vectors, threads }, reads: [x], writes: [y] }) {
    y.fill(0);
    for (let vector = 0; vector < vectors; vector++) {
      for (let lane = 0; lane < 4; lane++) {
        y[vector % threads * 4 + lane] += x[vector * 4 + lane];
      }
    }
  },
  example: () => ({
    params: { vectors: 3, threads: 2 },
    variant: {},
    reads: [Float32Array.from({ length: 12 }, (_, index) => index)],
    writes: [new Float32Array(8)],
  }),
};

/** Nothing, by one workgroup: what a dispatch costs. */
export const noOperation: MemoryKernel = {
  ...shared,
  name: "no_operation",
  reads: () => ({}),
  writes: () => ({ y: "vec4f" }),
  source: () => noOperationSource,
  cost: () => ({ flops: 0, bytes: 0 }),
  reference() {},
  example: () => ({
    params: { vectors: 1, threads: 1 },
    variant: {},
    reads: [],
    writes: [new Float32Array(4)],
  }),
};
