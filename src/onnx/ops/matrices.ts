/** Products of matrices. */
import { InputError } from "../../errors.ts";
import type { Tensor } from "../../graph/ir.ts";
import { elementCount } from "../../graph/ir.ts";
import { transpose } from "../../graph/ops/transpose.ts";
import { attribute, flag } from "../attributes.ts";
import type { OnnxBuilder } from "../builder.ts";
import type { Import, OnnxOp } from "../op.ts";
import { shapeOf, type Value } from "../value.ts";
import { combine, withNumber } from "./_broadcast.ts";
import { needed } from "./_known.ts";

const importGemm: Import = (node, inputs, to) => {
  const [a, b, bias] = [needed(inputs, 0), needed(inputs, 1), inputs[2]];
  const alpha = attribute(node, "alpha", "float") ?? 1;
  const beta = attribute(node, "beta", "float") ?? 1;
  for (const value of [a, b]) {
    if (value.axes.length === 2) continue;
    throw new InputError(
      `its input has the shape [${
        shapeOf(value).join(", ")
      }], expected a matrix`,
    );
  }
  const product = multiplied(a, b, {
    transposeA: flag(node, "transA"),
    transposeB: flag(node, "transB"),
    to,
  });
  const scaled = alpha === 1
    ? product
    : withNumber(product, to, { function: "mul", number: alpha });
  if (!bias || beta === 0) return scaled;
  const added = beta === 1
    ? bias
    : withNumber(bias, to, { function: "mul", number: beta });
  return combine([scaled, to.settled(added)], to, { function: "add" });
};

/** The product of two matrices, the second as kernels keep weights: `(in, out)`. */
function multiplied(
  a: Value,
  b: Value,
  { transposeA, transposeB, to }: {
    readonly transposeA: boolean;
    readonly transposeB: boolean;
    readonly to: OnnxBuilder;
  },
): Value {
  const right = plain(b, { isTransposed: transposeB, to });
  const { parts } = a;
  const isTurned = parts && !transposeA && right.constant;
  const [left, weights] = isTurned
    ? [a.tensor, turned(right, { parts, to })]
    : [plain(a, { isTransposed: transposeA, to }), right];
  const tensor = to.add({
    kind: "node",
    op: "matmul",
    inputs: [left, weights],
    attributes: { transposeA: false, transposeB: false, activation: "none" },
  });
  return to.own(tensor);
}

/** A matrix the way it is kept, or the other way round. */
function plain(
  value: Value,
  { isTransposed, to }: {
    readonly isTransposed: boolean;
    readonly to: OnnxBuilder;
  },
): Tensor {
  const { tensor } = to.settled(value);
  return isTransposed ? to.add(transpose(tensor, [1, 0])) : tensor;
}

/** Weights with their rows in the order in which a matrix is kept that meets them. */
function turned(
  weights: Tensor,
  { parts: { shape, order }, to }: {
    readonly parts: NonNullable<Value["parts"]>;
    readonly to: OnnxBuilder;
  },
): Tensor {
  const [rows, columns] = weights.shape;
  const apart = to.reshaped(weights, [...shape, columns]);
  const other = to.add(transpose(apart, [...order, shape.length]));
  return to.reshaped(other, [rows, columns]);
}

const importMatMul: Import = (_node, inputs, to) => {
  const [a, b] = [needed(inputs, 0), needed(inputs, 1)];
  const [left, right] = [shapeOf(a), shapeOf(b)];
  const both = { transposeA: false, transposeB: false, to };
  if (left.length === 2 && right.length === 2) return multiplied(a, b, both);
  if (left.length === 0 || right.length === 0) {
    throw new InputError("its input is a number, expected matrices");
  }
  if (right.length > 2 || left.length === 1 && right.length > 2) {
    throw new InputError(
      `many products of matrices [${left.join(", ")}] and [${
        right.join(", ")
      }] at once are not supported`,
    );
  }
  // Vectors are a row before a matrix, and a column behind one.
  const depth = left[left.length - 1];
  const rows = left.slice(0, -1);
  const columns = right.slice(1);
  const flat = to.reshape(a, [elementCount(rows), depth]);
  const matrix = right.length === 1 ? to.reshape(b, [...right, 1]) : b;
  return to.reshape(multiplied(flat, matrix, both), [...rows, ...columns]);
};

export const ops: Readonly<Record<string, OnnxOp>> = {
  Gemm: { inputs: [2, 3], takes: "anyOrder", import: importGemm },
  MatMul: { inputs: [2], takes: "anyOrder", import: importMatMul },
};
