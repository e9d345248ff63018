/**
 * Element-wise functions of one tensor.
 *
 * @module
 */
import {
  activate,
  type ActivationFunction,
  activationWgsl,
  helperSource,
} from "./activation.ts";
import { erf, erfSource } from "./erf.ts";
import source from "./unary.wgsl" with { type: "text" };
import { type Kernel, linearGroups, linearIndex } from "./kernel.ts";

const params = { size: "u32" } as const;

/** What becomes of a value. */
export type UnaryFunction =
  | ActivationFunction
  | "identity"
  | "rsqrt"
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "square"
  | "abs"
  | "sign"
  | "reciprocal"
  | "floor"
  | "ceil"
  | "round"
  | "erf";

/** A function of one value that is no activation. */
export type PlainFunction = Exclude<UnaryFunction, ActivationFunction>;

/** Functions that no kernel applies to what it is about to write. */
const plain: {
  readonly [Name in PlainFunction]: {
    value(x: number): number;
    readonly wgsl: string;
    /** TensorFlow's name for it. */
    readonly op: string;
  };
} = {
  identity: { value: (x: number) => x, wgsl: "value", op: "Identity" },
  rsqrt: {
    value: (x: number) => 1 / Math.sqrt(x),
    wgsl: "inverseSqrt(value)",
    op: "Rsqrt",
  },
  neg: { value: (x: number) => -x, wgsl: "-value", op: "Neg" },
  exp: { value: Math.exp, wgsl: "exp(value)", op: "Exp" },
  log: { value: Math.log, wgsl: "log(value)", op: "Log" },
  sqrt: { value: Math.sqrt, wgsl: "sqrt(value)", op: "Sqrt" },
  square: {
    value: (x: number) => x * x,
    wgsl: "value * value",
    op: "Square",
  },
  abs: { value: Math.abs, wgsl: "abs(value)", op: "Abs" },
  sign: { value: Math.sign, wgsl: "sign(value)", op: "Sign" },
  reciprocal: {
    value: (x: number) => 1 / x,
    wgsl: "1.0 / value",
    op: "Reciprocal",
  },
  floor: { value: Math.floor, wgsl: "floor(value)", op: "Floor" },
  ceil: { value: Math.ceil, wgsl: "ceil(value)", op: "Ceil" },
  round: { value: roundEven, wgsl: "round(value)", op: "Round" },
  erf: { value: erf, wgsl: "erf_f32(value)", op: "Erf" },
};

/** TensorFlow's names of the functions that are no activations. */
export const plainOps: ReadonlyMap<PlainFunction, string> = new Map(
  Object.entries(plain).flatMap(([name, { op }]) =>
    isPlain(name) ? [[name, op] as const] : []
  ),
);

/** Whether a name is that of a function which is no activation. */
export function isPlain(name: string): name is PlainFunction {
  return Object.hasOwn(plain, name);
}

/** Halves go to the even neighbour, as in TensorFlow and in WGSL. */
function roundEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

export function unaryFunction(name: UnaryFunction): (x: number) => number {
  return isPlain(name) ? plain[name].value : activate(name);
}

function unaryWgsl(name: UnaryFunction): string {
  return isPlain(name)
    ? plain[name].wgsl
    : activationWgsl(name, { type: "f32" });
}

function helpersOf(name: UnaryFunction): string {
  if (name === "erf") return erfSource("f32");
  return isPlain(name) ? "" : helperSource(name, "f32");
}

export type UnaryVariant = { function: UnaryFunction };

/** `y = f(x)`; x, y: `(size)`. */
export const unary: Kernel<typeof params, UnaryVariant> = {
  name: "unary",
  params,
  reads: () => ({ x: "f32" }),
  writes: () => ({ y: "f32" }),
  texelBindings: () => ["x", "y"],
  source: (variant) =>
    [
      linearIndex,
      helpersOf(variant.function) +
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
