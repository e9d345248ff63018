/** Two tensors that are repeated to one shape, in one order of axes. */
import { InputError } from "../../errors.ts";
import type { Shape, Tensor } from "../../graph/ir.ts";
import { plainBinary } from "../../graph/ops/binary.ts";
import type { BinaryFunction, ImportedNode } from "../../graph/ops/mod.ts";
import { reshape } from "../../graph/ops/reshape.ts";
import type { OnnxBuilder } from "../builder.ts";
import { mostAxes } from "./_known.ts";
import { isOwn, like, ownAxes, shapeOf, type Value } from "../value.ts";

/** The order of axes that several tensors are brought to: that of the first that has its own. */
export function commonAxes(values: readonly Value[], rank: number): number[] {
  const other = values.find((value) =>
    value.axes.length === rank && !value.tensor.constant && !isOwn(value)
  );
  return other ? [...other.axes] : ownAxes(rank);
}

/** A tensor in an order of axes that may be more than it has: ones come before its own. */
function aligned(
  value: Value,
  axes: readonly number[],
  to: OnnxBuilder,
): Tensor {
  const missing = axes.length - value.axes.length;
  if (missing === 0) return to.relaid(value, axes).tensor;
  const isPlain = axes.every((axis, at) => axis === at);
  const own = to.settled(value);
  if (isPlain || own.tensor.shape.length === 0) return own.tensor;
  const shape = [...Array<number>(missing).fill(1), ...own.tensor.shape];
  const padded = to.own(to.reshaped(own.tensor, shape), value.type);
  return to.relaid(padded, axes).tensor;
}

/** Without the ones that a constant begins with: a kernel knows a number, and one a channel. */
function trimmed(tensor: Tensor, to: OnnxBuilder): Tensor {
  const first = tensor.shape.findIndex((size) => size !== 1);
  const shape = first < 0 ? [] : tensor.shape.slice(first);
  return tensor.constant && shape.length < tensor.shape.length
    ? to.add(reshape(tensor, shape))
    : tensor;
}

/** A function of two tensors. */
export function combine(
  values: readonly [Value, Value],
  to: OnnxBuilder,
  { function: name, type = values[0].type }: {
    readonly function: BinaryFunction;
    readonly type?: Value["type"];
  },
): Value {
  const shape = repeatedShape(shapeOf(values[0]), shapeOf(values[1]));
  const axes = commonAxes(values, shape.length);
  const kept = axes.map((axis) => shape[axis]);
  const both = values.map((value) => aligned(value, axes, to));
  if (shape.length > largestRank) {
    return { tensor: merged(both, { name, kept, to }), axes, type };
  }
  const lean = both.map((tensor) => trimmed(tensor, to));
  // Ones may be left out where the other tensor has them.
  const isWhole = repeatedShape(lean[0].shape, lean[1].shape).join() ===
    kept.join();
  const node: ImportedNode = plainBinary(name, isWhole ? lean : both);
  return { tensor: to.add(node), axes, type };
}

/** Axes that kernels of two tensors know. */
const largestRank = 4;

/** A function of tensors of more axes: neighbours that are repeated alike, or not, are one. */
function merged(
  tensors: readonly Tensor[],
  { name, kept, to }: {
    readonly name: BinaryFunction;
    readonly kept: Shape;
    readonly to: OnnxBuilder;
  },
): Tensor {
  const padded = tensors.map(({ shape }) => [
    ...Array<number>(kept.length - shape.length).fill(1),
    ...shape,
  ]);
  const isRepeated = (axis: number) =>
    padded.map((shape) => shape[axis] !== kept[axis]).join();
  const joined: number[][] = padded.map(([batch]) => [batch]);
  for (const axis of kept.keys()) {
    if (axis === 0) continue;
    // The batch stays an axis of its own.
    const isOne = axis > 1 && isRepeated(axis) === isRepeated(axis - 1);
    for (const [at, shape] of padded.entries()) {
      if (isOne) joined[at].push((joined[at].pop() ?? 1) * shape[axis]);
      else joined[at].push(shape[axis]);
    }
  }
  const operands = tensors.map((tensor, at) => to.reshaped(tensor, joined[at]));
  return to.reshaped(to.add(plainBinary(name, operands)), kept);
}

/** The shape that two tensors are repeated to, as NumPy does. */
export function repeatedShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  if (rank > mostAxes) throw new InputError(`a shape of ${rank} axes`);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a, b].map((shape) =>
      shape[axis - rank + shape.length] ?? 1
    );
    if (x !== y && x !== 1 && y !== 1) {
      throw new InputError(
        `shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast`,
      );
    }
    return x === 1 ? y : x;
  });
}

/** A tensor and a number. */
export function withNumber(
  value: Value,
  to: OnnxBuilder,
  { function: name, number }: {
    readonly function: BinaryFunction;
    readonly number: number;
  },
): Value {
  const by = to.floats([], [number]);
  return like(value, to.add(plainBinary(name, [value.tensor, by])));
}
