/** Products of matrices. */
import { InputError } from "../../errors.ts";
import type { Tensor } from "../../graph/ir.ts";
import { transpose } from "../../graph/ops/transpose.ts";
import { attribute, flag } from "../attributes.ts";
import type { OnnxBuilder } from "../builder.ts";
import type { Import, OnnxOp } from "../op.ts";
import { like, ownAxes, shapeOf, type Value } from "../value.ts";
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
  if (left.length === 0 || right.length === 0) {
    throw new InputError("its input is a number, expected matrices");
  }
  // Vectors are a row before a matrix, and a column behind one.
  if (left.length === 1 || right.length === 1) {
    const row = left.length === 1 ? to.reshape(a, [1, ...left]) : a;
    const column = right.length === 1 ? to.reshape(b, [...right, 1]) : b;
    const made = product(row, column, to);
    const shape = shapeOf(made);
    return to.reshape(made, [
      ...shape.slice(0, -2),
      ...left.length === 1 ? [] : shape.slice(-2, -1),
      ...right.length === 1 ? [] : shape.slice(-1),
    ]);
  }
  return product(a, b, to);
};

/** The products of matrices, of which there may be many. */
function product(a: Value, b: Value, to: OnnxBuilder): Value {
  const [rank, other] = [a.axes.length, b.axes.length];
  if (rank === 2 && other === 2) {
    return multiplied(a, b, { transposeA: false, transposeB: false, to });
  }
  if (other === 2) {
    // Rows may be in any order, as long as each is in one piece.
    const last = rank - 1;
    const rows = a.axes.at(-1) === last && !a.parts ? a : to.settled(a);
    const tensor = to.add({
      kind: "node",
      op: "matmul",
      inputs: [rows.tensor, plain(b, { isTransposed: false, to })],
      attributes: { transposeA: false, transposeB: false, activation: "none" },
    });
    return like(rows, tensor);
  }
  const [left, right] = [a, b].map((value) => matricesOf(value, to));
  const tensor = to.add({
    kind: "node",
    op: "batch_matmul",
    inputs: [left.tensor, right.tensor],
    attributes: {
      transposeA: left.isTransposed,
      transposeB: right.isTransposed,
    },
  });
  return to.own(tensor);
}

/** Matrices in the order that ONNX has them, each as it is or the other way round. */
function matricesOf(
  value: Value,
  to: OnnxBuilder,
): { readonly tensor: Tensor; readonly isTransposed: boolean } {
  const rank = value.axes.length;
  const isTransposed = value.axes.at(-1) === rank - 2;
  const own = ownAxes(rank);
  const axes = isTransposed ? [...own.slice(0, -2), rank - 1, rank - 2] : own;
  return { tensor: to.relaid(value, axes).tensor, isTransposed };
}

export const ops: Readonly<Record<string, OnnxOp>> = {
  Gemm: { inputs: [2, 3], takes: "anyOrder", import: importGemm },
  MatMul: { inputs: [2], takes: "anyOrder", import: importMatMul },
};
