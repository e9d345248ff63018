/**
 * Element-wise functions of one tensor.
 *
 * @module
 */
import source from "./unary.wgsl" with { type: "text" };
import { type Kernel, linearGroups, linearIndex } from "./kernel.ts";

/** The functions, in the order of the cases in `unary.wgsl`. */
export const unaryFunctions = [
  "relu",
  "relu6",
  "rsqrt",
  "identity",
  "sigmoid",
] as const;

/** One of {@linkcode unaryFunctions}. */
export type UnaryFunction = typeof unaryFunctions[number];

const params = { size: "u32" } as const;

/** What specialises {@linkcode unary}. */
export type UnaryVariant = { function: UnaryFunction };

/** The value of a {@linkcode UnaryFunction}. */
export function applyUnary(name: UnaryFunction, value: number): number {
  switch (name) {
    case "relu":
      return Math.max(value, 0);
    case "relu6":
      return Math.min(Math.max(value, 0), 6);
    case "rsqrt":
      return 1 / Math.sqrt(value);
    case "identity":
      return value;
    case "sigmoid":
      return 1 / (1 + Math.exp(-value));
    default:
      return name satisfies never;
  }
}

const workgroupSize = 64;

/** `y = f(x)`; x, y: `(size)`. */
export const unary: Kernel<typeof params, UnaryVariant> = {
  name: "unary",
  params,
  reads: () => ({ x: "f32" }),
  writes: () => ({ y: "f32" }),
  workgroup: () => [workgroupSize, 1, 1],
  constants: (variant) => ({
    FUNCTION: unaryFunctions.indexOf(variant.function),
  }),
  source: () => linearIndex + source,
  groups: (params) => linearGroups(params.size, workgroupSize),
  cost: (params) => ({ flops: params.size, bytes: params.size * 8 }),
  reference({ params, variant, reads: [x], writes: [y] }) {
    for (let i = 0; i < params.size; i++) {
      y[i] = applyUnary(variant.function, x[i]);
    }
  },
  example: () => ({
    params: { size: 5 },
    variant: { function: "relu6" },
    reads: [new Float32Array([-2, 0, 3, 6, 9])],
    writes: [new Float32Array(5)],
  }),
};
