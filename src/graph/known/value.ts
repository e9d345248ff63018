/**
 * Values that are known before a graph runs, with TensorFlow's element types: whole
 * numbers wrap, floats are rounded to 32 bits, and what is true is 1.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import {
  type ConstantData,
  type DataType,
  elementCount,
  type Shape,
} from "../ir.ts";

/** Element types that are told apart. */
export type KnownType = "float" | "int32" | "int64" | "uint8" | "bool";

export interface Known {
  readonly type: KnownType;
  readonly shape: Shape;
  /** Elements, row-major; those of int64 are exact up to 2^53. */
  readonly data: ArrayLike<number>;
}

/** More elements than arithmetic on shapes, or a mask, has. */
export const largestKnown = 2 ** 20;

/** Throws unless so many elements are worth to be made before the graph runs. */
export function checkCount(shape: Shape): void {
  const count = elementCount(shape);
  if (shape.every((size) => size >= 0) && count <= largestKnown) return;
  throw new InputError(
    `it makes [${
      shape.join(", ")
    }] before the graph runs, expected ${largestKnown} values at most`,
  );
}

/** A number as an element of that type holds it. */
export function rounder(type: KnownType): (value: number) => number {
  switch (type) {
    case "float":
      return Math.fround;
    case "int32":
      return (value) => Math.trunc(value) | 0;
    case "int64":
      return wrapped64;
    case "uint8":
      return (value) => Math.trunc(value) & 255;
    case "bool":
      return (value) => value !== 0 ? 1 : 0;
    default:
      return type satisfies never;
  }
}

function wrapped64(value: number): number {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole) || !Number.isFinite(whole)) return whole;
  return Number(BigInt.asIntN(64, BigInt(whole)));
}

/** The product as an element of that type holds it: f64 would lose its last digits. */
export function multiply(type: KnownType, a: number, b: number): number {
  switch (type) {
    case "int32":
      return Math.imul(a, b);
    case "int64": {
      const product = a * b;
      const areWhole = Number.isInteger(a) && Number.isInteger(b);
      if (Number.isSafeInteger(product) || !areWhole) return wrapped64(product);
      return Number(BigInt.asIntN(64, BigInt(a) * BigInt(b)));
    }
    default:
      return rounder(type)(a * b);
  }
}

export function known(
  type: KnownType,
  shape: Shape,
  data: ArrayLike<number>,
): Known {
  return { type, shape, data };
}

/** Whole numbers of 32 bits. */
export function ints(shape: Shape, data: ArrayLike<number>): Known {
  return known("int32", shape, data);
}

/** An element for each place of a shape, by its index. */
export function filled(
  type: KnownType,
  shape: Shape,
  of: (index: number) => number,
): Known {
  checkCount(shape);
  const data = Array.from(
    { length: elementCount(shape) },
    (_, index) => of(index),
  );
  return { type, shape, data };
}

/** Elements of a larger shape as indices of a value that is repeated to it. */
export function repeatedIndex(
  from: Shape,
  to: Shape,
): (index: number) => number {
  const steps = to.map((_, axis) => {
    const at = axis - to.length + from.length;
    return at >= 0 && from[at] > 1 ? elementCount(from.slice(at + 1)) : 0;
  });
  return (index) => {
    let offset = 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      offset += (index % to[axis]) * steps[axis];
      index = Math.floor(index / to[axis]);
    }
    return offset;
  };
}

/** How a graph of ours holds a type. */
export const heldAs: Readonly<Record<KnownType, DataType>> = {
  float: "f32",
  int32: "i32",
  int64: "i32",
  uint8: "u8",
  bool: "bool",
};

/** The type of values of ours whose TensorFlow node is not at hand. */
export function typeOf(dtype: DataType): KnownType | undefined {
  switch (dtype) {
    case "f32":
      return "float";
    case "i32":
      return "int32";
    case "u8":
      return "uint8";
    case "bool":
      return "bool";
    case "string":
      return undefined;
    default:
      return dtype satisfies never;
  }
}

/** Values as a graph of ours holds them: int64 saturates. */
export function constantData({ type, data }: Known): ConstantData {
  if (type === "float") return Float32Array.from(data);
  const [least, most] = [-(2 ** 31), 2 ** 31 - 1];
  return Int32Array.from(
    data,
    (value) => Math.min(Math.max(value, least), most),
  );
}

/** The whole numbers of a value. */
export function wholes({ type, data }: Known): number[] {
  if (type !== "int32" && type !== "int64") {
    throw new InputError(`its numbers are of type ${type}, expected int32`);
  }
  return Array.from(data);
}

/** An axis counted from the start. Throws where it is outside the rank. */
export function axisIn(axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (resolved >= 0 && resolved < rank) return resolved;
  throw new InputError(`axis ${axis} is outside of rank ${rank}`);
}
