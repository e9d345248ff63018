/**
 * Arithmetic on shapes: Shape, StridedSlice and Pack of whole numbers. All of
 * it is known once the inputs' shapes are, so none of it is left in a graph.
 */
import type { NodeDef } from "../graphdef.ts";
import type { Shape, Tensor } from "../ir.ts";
import {
  attribute,
  importError,
  knownInts,
  requireInputs,
  resolveAxis,
} from "./_attributes.ts";
import type { Imported } from "./_rule.ts";

/** Importers of TensorFlow's ops on shapes. */
export const importers = {
  Shape: importShape,
  StridedSlice: importStridedSlice,
  Pack: importPack,
};

function importShape(node: NodeDef, inputs: readonly Tensor[]): Imported {
  requireInputs(node, inputs, 1);
  const { shape, name } = inputs[0];
  if (shape.includes(-1)) {
    throw importError(node, `the shape of "${name}" is not known at import`);
  }
  return wholeNumbers([shape.length], shape);
}

/** Of a vector only: `x[begin:end:stride]`, or `x[begin]` where the axis shrinks. */
function importStridedSlice(
  node: NodeDef,
  inputs: readonly Tensor[],
): Imported {
  requireInputs(node, inputs, 4);
  const [values, begins, ends, strides] = inputs.map((input) =>
    knownInts(node, input)
  );
  const masks = ["ellipsis_mask", "new_axis_mask"];
  const isVector = inputs[0].shape.length === 1 && begins.length === 1 &&
    ends.length === 1 && strides.length === 1;
  if (!isVector || masks.some((mask) => attribute(node, mask, "int"))) {
    throw importError(
      node,
      "only a slice of a known vector is supported, such as shape[1:3]",
    );
  }
  const size = values.length;
  const [stride] = strides;
  if (stride === 0) throw importError(node, "stride 0, expected another");
  if (attribute(node, "shrink_axis_mask", "int")) {
    return wholeNumbers([], [values[resolveAxis(node, begins[0], size)]]);
  }
  const [first, last] = stride > 0 ? [0, size] : [size - 1, -1];
  const bound = (position: number): number =>
    stride > 0
      ? clamp(position < 0 ? position + size : position, 0, size)
      : clamp(position < 0 ? position + size : position, -1, size - 1);
  const begin = attribute(node, "begin_mask", "int") ? first : bound(begins[0]);
  const end = attribute(node, "end_mask", "int") ? last : bound(ends[0]);
  const slice: number[] = [];
  for (let i = begin; stride > 0 ? i < end : i > end; i += stride) {
    slice.push(values[i]);
  }
  return wholeNumbers([slice.length], slice);
}

function importPack(node: NodeDef, inputs: readonly Tensor[]): Imported {
  requireInputs(node, inputs, 1, Infinity);
  if (inputs.some((input) => input.shape.length > 0)) {
    throw importError(node, "only numbers can be packed, into a vector");
  }
  const values = inputs.map((input) => knownInts(node, input)[0]);
  return wholeNumbers([values.length], values);
}

function wholeNumbers(shape: Shape, values: readonly number[]): Imported {
  const data = Int32Array.from(values);
  return {
    kind: "constant",
    dtype: "i32",
    shape,
    constant: { read: () => data },
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
