/**
 * Element-wise functions of two tensors, with NumPy's broadcasting.
 *
 * @module
 */
import {
  activate,
  activateElementSource,
  type Activation,
  activationCode,
  isNanWgsl,
} from "./activation.ts";
import source from "./binary.wgsl" with { type: "text" };
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  linearIndex,
  linearWorkgroup,
  type ParamsOf,
} from "./kernel.ts";
import type { Bindings } from "./texels.ts";
import { blockOf } from "./unroll.ts";
import {
  elementAlias,
  elementOf,
  rowGroups,
  rowWorkgroup,
  type VectorWidth,
  vectorWidth,
} from "./vector.ts";

/**
 * What becomes of two values. What is true is 1, and what is not 0; "where" is b where
 * a is true, else 0, and "unless" the reverse.
 */
export type BinaryFunction =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "max"
  | "min"
  | "pow"
  | "squared_difference"
  | "floor_div"
  | "floor_mod"
  | "div_no_nan"
  | "greater"
  | "greater_equal"
  | "less"
  | "less_equal"
  | "equal"
  | "not_equal"
  | "where"
  | "unless";

type LaterFunction = Exclude<
  BinaryFunction,
  "add" | "sub" | "mul" | "div" | "max" | "min"
>;

/** The functions, in the order of the cases in `binary.wgsl`. */
export const binaryFunctions: {
  readonly [Name in BinaryFunction]: (a: number, b: number) => number;
} = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
  pow: (a, b) => b === 0 ? 1 : a ** b,
  squared_difference: (a, b) => (a - b) ** 2,
  floor_div: (a, b) => Math.floor(a / b),
  floor_mod: (a, b) => a - b * Math.floor(a / b),
  div_no_nan: (a, b) => b === 0 ? 0 : a / b,
  greater: (a, b) => Number(a > b),
  greater_equal: (a, b) => Number(a >= b),
  less: (a, b) => Number(a < b),
  less_equal: (a, b) => Number(a <= b),
  equal: (a, b) => Number(a === b),
  not_equal: (a, b) => Number(a !== b),
  where: (a, b) => a !== 0 ? b : 0,
  unless: (a, b) => a !== 0 ? 0 : b,
};

const [zero, one] = ["element(0.0)", "element(1.0)"];

/** WGSL of the functions that `binary.wgsl` has no case for. */
const laterWgsl: { readonly [Name in LaterFunction]: string } = {
  pow: "power(left, right)",
  squared_difference: "(left - right) * (left - right)",
  floor_div: "floor(left / right)",
  floor_mod: "left - right * floor(left / right)",
  div_no_nan: `select(left / right, ${zero}, right == ${zero})`,
  greater: `select(${zero}, ${one}, left > right)`,
  greater_equal: `select(${zero}, ${one}, left >= right)`,
  less: `select(${zero}, ${one}, left < right)`,
  less_equal: `select(${zero}, ${one}, left <= right)`,
  equal: `select(${zero}, ${one}, left == right)`,
  not_equal: `select(${zero}, ${one}, left != right)`,
  where: `select(${zero}, right, left != ${zero})`,
  unless: `select(right, ${zero}, left != ${zero})`,
};

function isLater(name: BinaryFunction): name is LaterFunction {
  return Object.hasOwn(laterWgsl, name);
}

/** Ways to find b's value for a value of y, in the order `binary.wgsl` knows. */
export const broadcasts = ["none", "scalar", "channels", "general"] as const;

export type Broadcast = typeof broadcasts[number];

/** Strides are in elements, 0 where repeated. */
const params = {
  /** Number of elements of the result: `d0 * d1 * d2 * d3`. */
  size: "u32",
  d0: "u32",
  d1: "u32",
  d2: "u32",
  d3: "u32",
  aStride0: "u32",
  aStride1: "u32",
  aStride2: "u32",
  aStride3: "u32",
  bStride0: "u32",
  bStride1: "u32",
  bStride2: "u32",
  bStride3: "u32",
  /** Channels of a row of the destination; `d3` in "general". */
  yStride: "u32",
  /** The destination's first channel; 0 in "general". */
  yOffset: "u32",
} as const;

export type BinaryVariant = {
  function: BinaryFunction;
  activation: Activation;
  /** Only "general" uses the strides, and only there may a be repeated. */
  broadcast: Broadcast;
  /**
   * 4 needs `d3`, `yStride` and `yOffset` in fours, in "none" and "scalar" `size`
   * alone where y has no other channels, and in "general" a and b with all channels.
   */
  vector: VectorWidth;
  /** Of a maximum or minimum: whether it is NaN where a or b is, whatever the driver's functions make of it [false]. */
  keepsNan?: boolean;
};

/**
 * `y = act(f(a, b))`. y: `(d0, d1, d2, d3)` in rows of `yStride` channels, of
 * which those from `yOffset` on are written; see {@linkcode BinaryVariant} for
 * what a and b may be.
 */
export const binary: Kernel<typeof params, BinaryVariant> = {
  name: "binary",
  params,
  reads,
  writes: ({ vector }) => ({ y: elementOf(vector) }),
  texelBindings: () => ["a", "b", "y"],
  workgroup: ({ broadcast }) =>
    broadcast === "channels" ? rowWorkgroup : linearWorkgroup,
  constants: (variant) => ({
    FUNCTION: Object.keys(binaryFunctions).indexOf(variant.function),
    ACTIVATION: activationCode(variant.activation),
    BROADCAST: broadcasts.indexOf(variant.broadcast),
    VECTOR: variant.vector,
    ...mainOf(variant) === "rows" && { ROWS: rowsOfThread },
  }),
  source: (variant) =>
    [
      elementAlias(variant.vector) +
      activateElementSource(variant.activation, variant.vector) +
      linearIndex + blockOf(source),
      applySource(variant),
      blockOf(source, mainOf(variant)),
    ].join("\n"),
  groups({ size, d3 }, variant) {
    const { vector } = variant;
    const channels = d3 / vector, rows = size / d3;
    switch (mainOf(variant)) {
      case "channels":
        return rowGroups(channels, rows);
      case "rows":
        return linearGroups(channels * ceilDivide(rows, rowsOfThread));
      default:
        return linearGroups(size / vector);
    }
  },
  cost: ({ size }) => ({ flops: size, bytes: size * 12 }),
  reference({ params, variant, reads: [a, b], writes: [y] }) {
    const { d1, d2, d3 } = params;
    const compute = binaryFunctions[variant.function];
    const activated = activate(variant.activation);
    for (let i = 0; i < params.size; i++) {
      const i3 = i % d3, row = Math.floor(i / d3);
      const i2 = row % d2, volume = Math.floor(row / d2);
      const i1 = volume % d1, i0 = Math.floor(volume / d1);
      const left = a[
        i0 * params.aStride0 + i1 * params.aStride1 + i2 * params.aStride2 +
        i3 * params.aStride3
      ];
      const right = b[
        i0 * params.bStride0 + i1 * params.bStride1 + i2 * params.bStride2 +
        i3 * params.bStride3
      ];
      y[row * params.yStride + params.yOffset + i3] = activated(
        compute(left, right),
      );
    }
  },
  example: () => ({
    ...binaryCall({ a: [2, 1], b: [3] }, { function: "sub" }),
    reads: [new Float32Array([10, 20]), new Float32Array([1, 2, 3])],
    writes: [new Float32Array(6)],
  }),
};

function applySource(
  { function: name, keepsNan, vector }: BinaryVariant,
): string {
  if (isLater(name)) {
    return [
      ...name === "pow" ? [blockOf(source, "power")] : [],
      "fn apply(left: element, right: element) -> element {",
      `  return ${laterWgsl[name]};`,
      "}",
      "",
    ].join("\n");
  }
  if (!keepsNan) return blockOf(source, "apply");
  return blockOf(source, "apply_nan")
    .replace("IS_NAN_LEFT", isNanWgsl("left", vector))
    .replace("IS_NAN_RIGHT", isNanWgsl("right", vector));
}

function reads({ broadcast, vector }: BinaryVariant): Bindings {
  const element = elementOf(vector);
  return { a: element, b: broadcast === "scalar" ? "f32" : element };
}

/** Rows of channels that a thread of "general" owns in fours, after one division. */
const rowsOfThread = 8;

/** The block of `binary.wgsl` that computes it. */
function mainOf(
  { broadcast, vector }: BinaryVariant,
): "linear" | "channels" | "general" | "rows" {
  switch (broadcast) {
    case "none":
    case "scalar":
      return "linear";
    case "channels":
      return broadcast;
    case "general":
      return vector === 4 ? "rows" : broadcast;
    default:
      return broadcast satisfies never;
  }
}

type Shape = readonly number[];

export interface BinaryCallOptions {
  readonly function: BinaryFunction;
  /** Of a maximum or minimum: whether it is NaN for sure where an operand is [false]. */
  readonly keepsNan?: boolean;
  /** Applied to the result ["none"]. */
  readonly activation?: Activation;
  /** Channels of a pixel of the destination [the result's last dimension]. */
  readonly yStride?: number;
  /** The destination's first channel [0]. */
  readonly yOffset?: number;
}

/**
 * The shape that two shapes broadcast to by NumPy's rules, with leading ones up
 * to rank 4.
 *
 * @throws {Error} if a rank is above 4 or two dimensions do not agree.
 */
export function broadcastShape(
  a: Shape,
  b: Shape,
): [number, number, number, number] {
  const [a0, a1, a2, a3] = padded(a), [b0, b1, b2, b3] = padded(b);
  return [
    broadcastDimension(a0, b0),
    broadcastDimension(a1, b1),
    broadcastDimension(a2, b2),
    broadcastDimension(a3, b3),
  ];
}

/**
 * Uniforms and the fastest variant of the binary kernel for operands of these
 * shapes.
 *
 * @throws {Error} if they do not broadcast, or if the destination has other
 * channels than the result where broadcasting is general.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * const { params, variant } = binaryCall({ a: [8, 7, 7, 64], b: [64] }, {
 *   function: "add",
 * });
 * strictEqual(params.size, 8 * 7 * 7 * 64);
 * strictEqual(variant.broadcast, "channels");
 * strictEqual(variant.vector, 4);
 * ```
 */
export function binaryCall(
  { a, b }: { readonly a: Shape; readonly b: Shape },
  options: BinaryCallOptions,
): { params: ParamsOf<typeof params>; variant: BinaryVariant } {
  const [d0, d1, d2, d3] = broadcastShape(a, b);
  const { yStride = d3, yOffset = 0, activation = "none" } = options;
  const size = d0 * d1 * d2 * d3;
  const broadcast = broadcastOf(a, b);
  const general = broadcast === "general";
  const isBound = options.function === "max" || options.function === "min";
  if (general && (yStride !== d3 || yOffset !== 0)) {
    throw new Error(
      `[${a}] and [${b}] broadcast in general: the result cannot be a range of channels`,
    );
  }
  const [aStride0, aStride1, aStride2, aStride3] = strides(a);
  const [bStride0, bStride1, bStride2, bStride3] = strides(b);
  return {
    params: {
      ...{ size, d0, d1, d2, d3 },
      ...{ aStride0, aStride1, aStride2, aStride3 },
      ...{ bStride0, bStride1, bStride2, bStride3 },
      ...{ yStride, yOffset },
    },
    variant: {
      function: options.function,
      activation,
      broadcast,
      vector: vectorOf(broadcast, {
        channels: [d3, yStride, yOffset],
        size,
        haveAll: aStride3 === 1 && bStride3 === 1,
      }),
      ...isBound && options.keepsNan && { keepsNan: true },
    },
  };
}

function vectorOf(
  broadcast: Broadcast,
  { channels, size, haveAll }: {
    /** Of a row of the result, those of the destination, and its first. */
    readonly channels: readonly [own: number, stride: number, offset: number];
    readonly size: number;
    /** Whether no operand repeats a channel. */
    readonly haveAll: boolean;
  },
): VectorWidth {
  const [own, stride] = channels;
  const isLinear = broadcast === "none" || broadcast === "scalar";
  // Without channels of others, rows follow each other.
  if (isLinear && own === stride) return vectorWidth(size);
  return broadcast === "general" && !haveAll ? 1 : vectorWidth(...channels);
}

function padded(shape: Shape): [number, number, number, number] {
  if (shape.length > 4) {
    throw new Error(
      `[${shape}] has rank ${shape.length}, at most 4 is expected`,
    );
  }
  const [d0 = 1, d1 = 1, d2 = 1, d3 = 1] = [
    ...Array<number>(4 - shape.length).fill(1),
    ...shape,
  ];
  return [d0, d1, d2, d3];
}

function broadcastDimension(a: number, b: number): number {
  if (a !== b && a !== 1 && b !== 1) {
    throw new Error(`Dimensions ${a} and ${b} do not broadcast`);
  }
  return a === 1 ? b : a;
}

function strides(shape: Shape): [number, number, number, number] {
  const [d0, d1, d2, d3] = padded(shape);
  return [
    d0 === 1 ? 0 : d1 * d2 * d3,
    d1 === 1 ? 0 : d2 * d3,
    d2 === 1 ? 0 : d3,
    d3 === 1 ? 0 : 1,
  ];
}

function broadcastOf(a: Shape, b: Shape): Broadcast {
  const result = broadcastShape(a, b), right = padded(b);
  if (elementCount(result) !== elementCount(a)) return "general";
  if (result.every((dimension, axis) => dimension === right[axis])) {
    return "none";
  }
  if (elementCount(b) === 1) return "scalar";
  return right[3] === elementCount(b) ? "channels" : "general";
}

function elementCount(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
