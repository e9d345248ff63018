/**
 * The product of two matrices, `[a (m, k), b (k, n), bias? (n)]`; either may be
 * stored transposed.
 */
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
  importError,
  requireFloat,
  requireInputs,
  requireRank,
} from "./_attributes.ts";
import { beforeActivation, biasGradient } from "./_gradient.ts";
import { convolve } from "./_lowering.ts";
import { reshape } from "./reshape.ts";
import type { Backward, ImportContext, ImportedNode, OpRule } from "./_rule.ts";
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
    const [rows, innerA] = transposeA ? a.shape.toReversed() : a.shape;
    const [innerB, columns] = transposeB ? b.shape.toReversed() : b.shape;
    if (innerA !== innerB) {
      throw new InputError(
        `matrices of shapes [${a.shape.join(", ")}]${
          transposeA ? "^T" : ""
        } and [${b.shape.join(", ")}]${transposeB ? "^T" : ""} do not multiply`,
      );
    }
    return [[rows, columns]];
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

/** Of rows of any shape and one matrix: many products of two would need a kernel. */
function importBatchMatmul(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): ImportedNode {
  requireInputs(node, inputs, 2);
  const [a, b] = inputs;
  for (const input of inputs) requireFloat(node, input);
  requireRank(node, b, [2]);
  requireRank(node, a, [2, 3, 4]);
  const attributes = {
    transposeA: attribute(node, "adj_x", "bool") ?? false,
    transposeB: attribute(node, "adj_y", "bool") ?? false,
    activation: "none",
  } as const;
  const product = (left: Tensor): ImportedNode => ({
    kind: "node",
    op: "matmul",
    inputs: [left, b],
    attributes,
  });
  if (a.shape.length === 2) return product(a);
  if (attributes.transposeA) {
    throw importError(node, "adj_x of more than two axes is not supported");
  }
  const depth = a.shape[a.shape.length - 1];
  const rows = a.shape.slice(0, -1);
  const made = add(product(add(reshape(a, [elementCount(rows), depth]))));
  return reshape(made, [...rows, made.shape[1]]);
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
    ? () => product([dy, true], [a, transposeA])
    : () => product([a, !transposeA], [dy, false]);
  return [
    to.wants(a) ? da() : undefined,
    to.wants(b) ? db() : undefined,
    biasGradient(to, bias, dy),
  ];
}

/** The product of two matrices of which the second is computed. */
function lowerProduct(
  { name: label, inputs: [a, b], outputs: [y], attributes }: NodeOf<"matmul">,
  to: Lowering,
): Step[] {
  const [rows, columns] = to.shape(y);
  const depth = to.shape(a)[attributes.transposeA ? 0 : 1];
  const call = matmulCall({ rows, depth, columns }, attributes);
  const { splits } = call.params;
  const target = to.place(y).buffer;
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
  if (transposeA) {
    throw new InputError(
      `Cannot run node "${name}" (matmul): transpose_a is not supported on the GPU`,
    );
  }
  const { stride, offset } = to.place(y);
  return convolve(node, to, {
    shape: pointwise({
      inChannels: to.shape(a)[1],
      outChannels: to.shape(y)[1],
      yStride: stride,
      yOffset: offset,
    }),
    activation,
    precision: to.precision,
    isTransposed: transposeB,
  });
}
