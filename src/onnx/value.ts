/**
 * Tensors of an ONNX graph in the order of axes in which they are kept: images
 * have their channels last, whatever the graph says, and what ONNX calls a
 * transpose is a note about a tensor.
 *
 * @module
 */
import type { Known, KnownType } from "../graph/known/mod.ts";
import type { Shape, Tensor } from "../graph/ir.ts";

/** What a tensor of ONNX has become. */
export interface Value {
  /** As it is kept. */
  readonly tensor: Tensor;
  /** Of each axis that is kept, which of ONNX's it is: `[0, 2, 3, 1]` for images NCHW that are kept NHWC. */
  readonly axes: readonly number[];
  /** Of its elements. */
  readonly type: KnownType;
  /** In ONNX's order; present where it is arithmetic on shapes. */
  readonly known?: Known;
  /** Present where the last axis of a matrix has its elements in another order. */
  readonly parts?: Parts;
}

/** Several axes that ONNX made one: what they were, and the order they are kept in. */
export interface Parts {
  /** In ONNX's order. */
  readonly shape: Shape;
  /** Of each that is kept, which of ONNX's it is. */
  readonly order: readonly number[];
}

/** How images are kept. */
export const imageAxes: readonly number[] = [0, 2, 3, 1];

/** The order that ONNX has. */
export function ownAxes(rank: number): number[] {
  return [...Array(rank).keys()];
}

/** The shape as ONNX has it. */
export function shapeOf({ tensor: { shape }, axes }: Value): Shape {
  return axes.map((_, axis) => shape[axes.indexOf(axis)]);
}

/** Whether a value is kept as ONNX has it. */
export function isOwn({ axes, parts }: Value): boolean {
  return parts === undefined && axes.every((axis, at) => axis === at);
}

/** Axes that matter for the order of elements: those longer than 1, and the batch. */
function longAxes(shape: Shape): number[] {
  return [...shape.keys()].filter((axis) => axis === 0 || shape[axis] !== 1);
}

/** Whether elements are in the same order in two orders of axes. */
export function areAlike(
  shape: Shape,
  one: readonly number[],
  other: readonly number[],
): boolean {
  const long = new Set(longAxes(shape));
  const orderOf = (axes: readonly number[]) =>
    axes.filter((axis) => long.has(axis)).join();
  return orderOf(one) === orderOf(other);
}

/** Runs of axes of one shape and of another that have the same elements. */
interface Block {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** How one shape becomes another, run by run; axes of 1 are in none. */
function blocksOf(from: Shape, to: Shape): Block[] {
  // The batch is an axis though it be 1, as long as it stays where it is.
  const isKept = from.length > 0 && to.length > 0 && from[0] === to[0];
  const long = (shape: Shape) =>
    [...shape.keys()].filter((axis) =>
      shape[axis] !== 1 && !(isKept && axis === 0)
    );
  const [left, right] = [long(from), long(to)];
  const blocks: Block[] = isKept ? [{ from: [0], to: [0] }] : [];
  let [at, other] = [0, 0];
  while (at < left.length || other < right.length) {
    const block = { from: [left[at]], to: [right[other]] };
    let [size, wanted] = [from[left[at++]], to[right[other++]]];
    while (size !== wanted) {
      if (size < wanted) {
        block.from.push(left[at]);
        size *= from[left[at++]];
      } else {
        block.to.push(right[other]);
        wanted *= to[right[other++]];
      }
    }
    blocks.push(block);
  }
  return blocks;
}

/**
 * The axes that a value has in another shape of as many elements, none of them 0, if
 * its elements stay where they are: what ONNX joins has to be kept side by side
 * and in its order.
 */
export function reshapedAxes(value: Value, to: Shape): number[] | undefined {
  const from = shapeOf(value);
  const blocks = blocksOf(from, to);
  const starts = new Map(blocks.map((block) => [block.from[0], block]));
  const inBlocks = new Set(blocks.flatMap((block) => block.from));
  const kept = value.axes.filter((axis) => inBlocks.has(axis));
  const axes: number[] = [];
  for (let at = 0; at < kept.length;) {
    const block = starts.get(kept[at]);
    if (!block) return undefined;
    const run = kept.slice(at, at + block.from.length);
    if (run.join() !== block.from.join()) return undefined;
    axes.push(...block.to);
    at += block.from.length;
  }
  return withUnits(axes, to);
}

/** Axes of 1 among the others: behind the one that ONNX has before them. */
function withUnits(axes: readonly number[], shape: Shape): number[] {
  const all = [...axes];
  for (const axis of shape.keys()) {
    if (all.includes(axis)) continue;
    const before = axis === 0 ? -1 : all.indexOf(axis - 1);
    all.splice(before + 1, 0, axis);
  }
  return all;
}

/** Another tensor that is kept as a value is. */
export function like({ axes, type, parts }: Value, tensor: Tensor): Value {
  return { tensor, axes, type, ...parts && { parts } };
}
