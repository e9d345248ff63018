/**
 * Element-wise functions of one tensor.
 *
 * @module
 */
import {
  activate,
  type ActivationFunction,
  activationWgsl,
} from "./activation.ts";
import source from "./unary.wgsl" with { type: "text" };
import { type Kernel, linearGroups, linearIndex } from "./kernel.ts";

const params = { size: "u32" } as const;

/** What becomes of a value. */
export type UnaryFunction = ActivationFunction | "identity" | "rsqrt";

const others = {
  identity: { value: (x: number) => x, wgsl: "value" },
  rsqrt: { value: (x: number) => 1 / Math.sqrt(x), wgsl: "inverseSqrt(value)" },
} as const;

export function unaryFunction(name: UnaryFunction): (x: number) => number {
  return name === "identity" || name === "rsqrt"
    ? others[name].value
    : activate(name);
}

function unaryWgsl(name: UnaryFunction): string {
  return name === "identity" || name === "rsqrt"
    ? others[name].wgsl
    : activationWgsl(name, { type: "f32" });
}

export type UnaryVariant = { function: UnaryFunction };

/** `y = f(x)`; x, y: `(size)`. */
export const unary: Kernel<typeof params, UnaryVariant> = {
  name: "unary",
  params,
  reads: () => ({ x: "f32" }),
  writes: () => ({ y: "f32" }),
  source: (variant) =>
    [
      linearIndex,
      `fn apply(value: f32) -> f32 { return ${unaryWgsl(variant.function)}; }`,
      "",
      source,
    ].join("\n"),
  groups: (params) => linearGroups(params.size),
  cost: (params) => ({ flops: params.size, bytes: params.size * 8 }),
  reference({ params, variant, reads: [x], writes: [y] }) {
    const apply = unaryFunction(variant.function);
    for (let i = 0; i < params.size; i++) y[i] = apply(x[i]);
  },
  example: () => ({
    params: { size: 5 },
    variant: { function: "relu6" },
    reads: [new Float32Array([-2, 0, 3, 6, 9])],
    writes: [new Float32Array(5)],
  }),
};
