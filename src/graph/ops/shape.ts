/**
 * What is known of a tensor whose values are not: Shape, Rank, Size, and zeros and ones
 * like it. Pack joins what is not known, too.
 */
import type { NodeDef } from "../graphdef.ts";
import { elementCount, type Shape, type Tensor } from "../ir.ts";
import {
  attribute,
  importError,
  requireFloat,
  requireInputs,
  resolveAxis,
} from "./_attributes.ts";
import { reshape } from "./reshape.ts";
import type { ImportContext, Imported, ImportedNode } from "./_rule.ts";

/** Importers of TensorFlow's ops on shapes. */
export const importers = {
  Shape: importShape,
  ShapeN: importShapes,
  Rank: importRank,
  Size: importSize,
  ZerosLike: importLike(0),
  OnesLike: importLike(1),
  Pack: importPack,
};

function importShape(node: NodeDef, inputs: readonly Tensor[]): Imported {
  requireInputs(node, inputs, 1);
  const shape = knownShape(node, inputs[0]);
  return wholeNumbers([shape.length], shape);
}

function importShapes(
  node: NodeDef,
  inputs: readonly Tensor[],
): Imported {
  requireInputs(node, inputs, 1);
  return importShape(node, inputs);
}

function importRank(node: NodeDef, inputs: readonly Tensor[]): Imported {
  requireInputs(node, inputs, 1);
  return wholeNumbers([], [inputs[0].shape.length]);
}

function importSize(node: NodeDef, inputs: readonly Tensor[]): Imported {
  requireInputs(node, inputs, 1);
  return wholeNumbers([], [elementCount(knownShape(node, inputs[0]))]);
}

function knownShape(node: NodeDef, { shape, name }: Tensor): Shape {
  if (!shape.includes(-1)) return shape;
  throw importError(node, `the shape of "${name}" is not known at import`);
}

function importLike(value: number) {
  return (node: NodeDef, inputs: readonly Tensor[]): Imported => {
    requireInputs(node, inputs, 1);
    const { dtype } = inputs[0];
    const shape = knownShape(node, inputs[0]);
    const length = elementCount(shape);
    const read = () =>
      dtype === "f32"
        ? new Float32Array(length).fill(value)
        : new Int32Array(length).fill(value);
    return { kind: "constant", dtype, shape, constant: { read } };
  };
}

function importPack(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): ImportedNode {
  requireInputs(node, inputs, 1, Infinity);
  for (const input of inputs) requireFloat(node, input);
  const rank = inputs[0].shape.length + 1;
  const axis = resolveAxis(node, attribute(node, "axis", "int") ?? 0, rank);
  const parts = inputs.map((input) =>
    add(reshape(input, input.shape.toSpliced(axis, 0, 1)))
  );
  return { kind: "node", op: "concat", inputs: parts, attributes: { axis } };
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
