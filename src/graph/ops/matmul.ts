/**
 * The product of two matrices, `[a (m, k), b (k, n), bias? (n)]`; either may be
 * stored transposed. `a` may have more axes before its rows, if it is not.
 */
import { binary, binaryCall } from "../../../kernels/binary.ts";
import { pointwise } from "../../../kernels/conv2d.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import { matmul, matmulCall } from "../../../kernels/matmul.ts";
import { InputError } from "../../errors.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import type { NodeDef } from "../graphdef.ts";
import {
  type Activation,
  elementCount,
  type NodeOf,
  type Tensor,
} from "../ir.ts";
import {
  attribute,
  requireFloat,
  requireInputs,
  requireRank,
} from "./_attributes.ts";
import { beforeActivation, biasGradient, reshapeTo } from "./_gradient.ts";
import { convolve, readBias } from "./_lowering.ts";
import type { Backward, ImportedNode, OpRule } from "./_rule.ts";
import { sumOfParts } from "./sum_rows.ts";

/** How the matrices are stored, and what happens to the result. */
export interface MatmulAttributes {
  /** Whether `a` is stored `(k, m)`. */
  readonly transposeA: boolean;
  /** Whether `b` is stored `(n, k)`. */
  readonly transposeB: boolean;
  /** Applied to the result, after the bias. */
  readonly activation: Activation;
}

export const rule: OpRule<"matmul"> = {
  shape([a, b], { transposeA, transposeB }) {
    const stored = transposeA ? a.shape.toReversed() : a.shape;
    const innerA = stored[stored.length - 1];
    const [innerB, columns] = transposeB ? b.shape.toReversed() : b.shape;
    const areMatrices = b.shape.length === 2 &&
      (transposeA ? a.shape.length === 2 : a.shape.length >= 2);
    if (innerA !== innerB || !areMatrices) {
      throw new InputError(
        `matrices of shapes [${a.shape.join(", ")}]${
          transposeA ? "^T" : ""
        } and [${b.shape.join(", ")}]${transposeB ? "^T" : ""} do not multiply`,
      );
    }
    return [[...stored.slice(0, -1), columns]];
  },
  lower,
  gradient,
};

export const importers = {
  MatMul: importMatmul,
  BatchMatMul: importBatchMatmul,
  BatchMatMulV2: importBatchMatmul,
  BatchMatMulV3: importBatchMatmul,
};

/** Of rows of any shape and one matrix, or of many matrices. */
function importBatchMatmul(
  node: NodeDef,
  inputs: readonly Tensor[],
): ImportedNode {
  requireInputs(node, inputs, 2);
  for (const input of inputs) {
    requireFloat(node, input);
    requireRank(node, input, [2, 3, 4]);
  }
  const stored = {
    transposeA: attribute(node, "adj_x", "bool") ?? false,
    transposeB: attribute(node, "adj_y", "bool") ?? false,
  };
  const [a, b] = inputs;
  const isOne = b.shape.length === 2 &&
    (a.shape.length === 2 || !stored.transposeA);
  if (!isOne) {
    return { kind: "node", op: "batch_matmul", inputs, attributes: stored };
  }
  const attributes = { ...stored, activation: "none" } as const;
  return { kind: "node", op: "matmul", inputs, attributes };
}

function importMatmul(node: NodeDef, inputs: readonly Tensor[]): ImportedNode {
  requireInputs(node, inputs, 2);
  for (const input of inputs) {
    requireFloat(node, input);
    requireRank(node, input, [2]);
  }
  const attributes = {
    transposeA: attribute(node, "transpose_a", "bool") ?? false,
    transposeB: attribute(node, "transpose_b", "bool") ?? false,
    activation: "none",
  } as const;
  return { kind: "node", op: "matmul", inputs, attributes };
}

/**
 * With `P = op(A) op(B)`: `d op(A) = dP op(B)^T` and `d op(B) = op(A)^T dP`, each
 * transposed back where the operand was.
 */
function gradient(
  { inputs: [a, b, bias], outputs: [y], attributes }: NodeOf<"matmul">,
  to: Backward,
): (string | undefined)[] {
  const { transposeA, transposeB, activation } = attributes;
  const dy = beforeActivation(to, activation, y);
  const rowsOf = (name: string) => {
    const shape = to.shape(name);
    const columns = shape[shape.length - 1];
    return reshapeTo(to, name, [elementCount(shape) / columns, columns]);
  };
  const product = (
    [left, transposeLeft]: readonly [string, boolean],
    [right, transposeRight]: readonly [string, boolean],
  ) =>
    to.add({
      op: "matmul",
      inputs: [left, right],
      attributes: {
        transposeA: transposeLeft,
        transposeB: transposeRight,
        activation: "none",
      },
    });
  const da = transposeA
    ? () => product([b, transposeB], [dy, true])
    : () => product([dy, false], [b, !transposeB]);
  const db = transposeB
    ? () => product([rowsOf(dy), true], [rowsOf(a), transposeA])
    : () => product([rowsOf(a), !transposeA], [rowsOf(dy), false]);
  return [
    to.wants(a) ? da() : undefined,
    to.wants(b) ? db() : undefined,
    biasGradient(to, bias, dy),
  ];
}

/** Terms of a sum that a thread of conv2d gets through on every driver: llvmpipe ends its loops. */
const longestSum = 131072;

/** A sum in parts, to which a bias is added. */
function lowerLongSum(node: NodeOf<"matmul">, to: Lowering): Step[] {
  const { name: label, inputs: [, , bias], outputs: [y] } = node;
  const shape = to.shape(y);
  const columns = shape.at(-1) ?? 1;
  const sums = to.scratch(elementCount(shape));
  const place = to.place(y);
  const { activation } = node.attributes;
  return [
    ...lowerProduct(node, to, sums),
    dispatch(binary, {
      ...binaryCall({
        a: [elementCount(shape) / columns, columns],
        b: [columns],
      }, {
        ...{ function: "add", activation },
        ...{ yStride: place.stride, yOffset: place.offset },
      }),
      reads: [sums, readBias(to, bias, columns)],
      writes: [place.buffer],
      label,
    }),
  ];
}

/** The product of two matrices of which the second is computed. */
function lowerProduct(
  { name: label, inputs: [a, b], outputs: [y], attributes }: NodeOf<"matmul">,
  to: Lowering,
  target = to.place(y).buffer,
): Step[] {
  const columns = to.shape(b)[attributes.transposeB ? 0 : 1];
  const rows = elementCount(to.shape(y)) / columns;
  const depth = to.shape(b)[attributes.transposeB ? 1 : 0];
  const call = matmulCall({ rows, depth, columns }, attributes);
  const { splits } = call.params;
  const parts = { splits, columns: rows * columns, target, label };
  return sumOfParts(to, parts, (partials) =>
    dispatch(matmul, {
      ...call,
      reads: [to.read(a), to.read(b)],
      writes: [partials],
      label,
    }));
}

/** A matrix product is a convolution of single pixels. */
function lower(node: NodeOf<"matmul">, to: Lowering): Step[] {
  const { name, inputs: [a, b, bias], outputs: [y] } = node;
  const { transposeA, transposeB, activation } = node.attributes;
  const isPlain = bias === undefined && activation === "none";
  if (isPlain && to.kindOf(b) !== "constant") return lowerProduct(node, to);
  if (to.shape(b)[transposeB ? 1 : 0] > longestSum) {
    return lowerLongSum(node, to);
  }
  if (transposeA) {
    throw new InputError(
      `Cannot run node "${name}" (matmul): transpose_a is not supported on the GPU`,
    );
  }
  const { stride, offset } = to.place(y);
  // What lies between the batch and the channels are the pixels of an image.
  const [, ...pixels] = to.shape(a).slice(0, -1);
  return convolve(node, to, {
    shape: pointwise({
      height: elementCount(pixels),
      inChannels: to.shape(a).at(-1) ?? 1,
      outChannels: to.shape(y).at(-1) ?? 1,
      yStride: stride,
      yOffset: offset,
    }),
    activation,
    precision: to.precision,
    isTransposed: transposeB,
  });
}
