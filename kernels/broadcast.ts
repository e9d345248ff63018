/**
 * From the shapes of two operands to the call of the binary kernel.
 *
 * @module
 */
import type { Activation } from "./activation.ts";
import type {
  BinaryFunction,
  BinaryParams,
  BinaryVariant,
  Broadcast,
} from "./binary.ts";
import { vectorWidth } from "./vector.ts";

/** Dimensions of a tensor, outermost first. */
type Shape = readonly number[];

/** Options of {@linkcode binaryCall}. */
export interface BinaryCallOptions {
  readonly function: BinaryFunction;
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
): { params: BinaryParams; variant: BinaryVariant } {
  const [d0, d1, d2, d3] = broadcastShape(a, b);
  const { yStride = d3, yOffset = 0, activation = "none" } = options;
  const size = d0 * d1 * d2 * d3;
  const broadcast = broadcastOf(a, b);
  const general = broadcast === "general";
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
      vector: general ? 1 : vectorWidth(d3, yStride, yOffset),
    },
  };
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
