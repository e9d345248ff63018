/** What TensorFlow's StridedSlice takes: positions, masks and what they do to a shape. */
import { InputError } from "../../errors.ts";
import type { NodeDef } from "../graphdef.ts";
import type { Shape } from "../ir.ts";
import { attribute } from "./_attributes.ts";

/** What of an axis is taken. */
export interface Part {
  /** The first element. */
  readonly offset: number;
  /** How many. */
  readonly size: number;
  /** From one to the next; negative goes back. */
  readonly step: number;
  /** Whether it is the axis as it is, however long. */
  readonly isWhole: boolean;
}

/** Bits by the place in `begin`. */
export interface SliceMasks {
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

export function sliceMasks(node: NodeDef): SliceMasks {
  const mask = (name: string) => attribute(node, name, "int") ?? 0;
  return {
    beginMask: mask("begin_mask"),
    endMask: mask("end_mask"),
    ellipsisMask: mask("ellipsis_mask"),
    newAxisMask: mask("new_axis_mask"),
    shrinkAxisMask: mask("shrink_axis_mask"),
  };
}

/** Where "to the end" is written as a number. */
const farthest = 2 ** 31 - 1;

/** Whether a mask has the bit of a place. */
function has(mask: number, at: number): boolean {
  return (mask >>> at & 1) === 1;
}

/** How many axes no place speaks of, and whether an ellipsis stands for them. */
function axesLeft(
  whole: Shape,
  { places, masks: { newAxisMask, ellipsisMask } }: {
    readonly places: readonly number[];
    readonly masks: SliceMasks;
  },
): { readonly missing: number; readonly hasEllipsis: boolean } {
  const ellipses = places.filter((at) => has(ellipsisMask, at));
  if (ellipses.length > 1) throw new InputError("it has two ellipses");
  const axes = places.filter((at) =>
    !has(newAxisMask, at) && !has(ellipsisMask, at)
  );
  const missing = whole.length - axes.length;
  if (missing < 0) {
    throw new InputError(
      `it takes parts of ${axes.length} axes, and its input has ${whole.length}`,
    );
  }
  return { missing, hasEllipsis: ellipses.length === 1 };
}

/**
 * What is taken of each axis of a shape, and the shape that is left once axes have
 * been dropped and added.
 *
 * @throws {InputError} where the positions do not fit the shape
 */
export function resolveSlice(
  whole: Shape,
  { begin, end, strides, ...masks }: SliceMasks & {
    readonly begin: readonly number[];
    readonly end: readonly number[];
    readonly strides: readonly number[];
  },
): { readonly parts: readonly Part[]; readonly shape: Shape } {
  if (begin.length !== end.length || begin.length !== strides.length) {
    throw new InputError(
      `${begin.length} begins, ${end.length} ends and ${strides.length} strides, expected as many of each`,
    );
  }
  const places = [...begin.keys()];
  const { missing, hasEllipsis } = axesLeft(whole, { places, masks });
  const parts: Part[] = [];
  const shape: number[] = [];
  const takeWhole = (count: number) => {
    for (let left = count; left > 0; left--) {
      const size = whole[parts.length];
      parts.push({ offset: 0, size, step: 1, isWhole: true });
      shape.push(size);
    }
  };
  for (const at of places) {
    if (has(masks.ellipsisMask, at)) takeWhole(missing);
    else if (has(masks.newAxisMask, at)) shape.push(1);
    else {
      const bounds = {
        begin: has(masks.beginMask, at) ? undefined : begin[at],
        end: has(masks.endMask, at) ? undefined : end[at],
        stride: strides[at],
      };
      const axis = parts.length;
      const shrinks = has(masks.shrinkAxisMask, at);
      const part = partOf(whole[axis], { ...bounds, axis, shrinks });
      parts.push(part);
      if (!shrinks) shape.push(part.size);
    }
  }
  if (!hasEllipsis) takeWhole(missing);
  return { parts, shape };
}

function partOf(
  length: number,
  { begin, end, stride, axis, shrinks }: {
    readonly begin: number | undefined;
    readonly end: number | undefined;
    readonly stride: number;
    readonly axis: number;
    readonly shrinks: boolean;
  },
): Part {
  if (stride === 0) throw new InputError("stride 0, expected another");
  if (shrinks) {
    const position = begin ?? 0;
    const offset = position < 0 ? position + length : position;
    if (offset < 0 || offset >= length) {
      throw new InputError(`axis ${position} is outside of rank ${length}`);
    }
    return { offset, size: 1, step: 1, isWhole: false };
  }
  const [least, most] = stride > 0 ? [0, length] : [-1, length - 1];
  const clamp = (position: number) =>
    Math.min(
      Math.max(position < 0 ? position + length : position, least),
      most,
    );
  const [first, last] = stride > 0 ? [least, most] : [most, least];
  const offset = begin === undefined ? first : clamp(begin);
  const stop = end === undefined ? last : clamp(end);
  const size = Math.max(0, Math.ceil((stop - offset) / stride));
  const isAll = stride === 1 && offset === 0 && size === length;
  // A batch is whole only where no number says how large it is.
  const isOpen = (begin ?? 0) === 0 && (end ?? farthest) >= farthest;
  return { offset, size, step: stride, isWhole: isAll && (axis > 0 || isOpen) };
}
