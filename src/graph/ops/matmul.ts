/**
 * The product of two matrices, `[a (m, k), b (k, n), bias? (n)]`; either may be
 * stored transposed.
 */
import { conv2d, conv2dCall, pointwise } from "../../../kernels/conv2d.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import { matmul, matmulCall } from "../../../kernels/matmul.ts";
import { InputError } from "../../errors.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import { variantFor } from "../../../kernels/tuning.ts";
import type { NodeDef } from "../graphdef.ts";
import type { Activation, NodeOf, Tensor } from "../ir.ts";
import {
  attribute,
  requireFloat,
  requireInputs,
  requireRank,
} from "./_attributes.ts";
import { beforeActivation, biasGradient } from "./_gradient.ts";
import { readBias, readFilter } from "./_lowering.ts";
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

export const importers = { MatMul: importMatmul };

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
  { name, a, b, y, attributes: { transposeA, transposeB } }: {
    name: string;
    a: string;
    b: string;
    y: string;
    attributes: MatmulAttributes;
  },
  to: Lowering,
): Step[] {
  const [rows, columns] = to.shape(y);
  const depth = to.shape(a)[transposeA ? 0 : 1];
  const { params, variant } = matmulCall({ rows, depth, columns }, {
    transposeA,
    transposeB,
  });
  const { splits } = params;
  const target = to.place(y).buffer;
  const parts = { splits, columns: rows * columns, target, label: name };
  return sumOfParts(to, parts, (partials) =>
    dispatch(matmul, {
      params,
      variant,
      reads: [to.read(a), to.read(b)],
      writes: [partials],
      label: name,
    }));
}

/** A matrix product is a convolution of single pixels. */
function lower(
  { name, inputs: [a, b, bias], outputs: [y], attributes }: NodeOf<"matmul">,
  to: Lowering,
): Step[] {
  const { transposeA, transposeB: isTransposed, activation } = attributes;
  const isPlain = bias === undefined && activation === "none";
  if (isPlain && to.kindOf(b) !== "constant") {
    return lowerProduct({ name, a, b, y, attributes }, to);
  }
  if (transposeA) {
    throw new InputError(
      `Cannot run node "${name}" (matmul): transpose_a is not supported on the GPU`,
    );
  }
  const [batch, depth] = to.shape(a);
  const [, columns] = to.shape(y);
  const { buffer, stride, offset } = to.place(y);
  const shape = pointwise({
    inChannels: depth,
    outChannels: columns,
    yStride: stride,
    yOffset: offset,
  });
  const tile = variantFor(to.tuning, shape);
  const { precision } = to;
  const size = { depth, columns, isTransposed, label: name, precision };
  const weights = readFilter(to, b, size);
  const { params, variant } = conv2dCall(shape, {
    batch,
    activation,
    tile,
    precision: weights.precision,
  });
  return [
    ...weights.steps,
    dispatch(conv2d, {
      params,
      variant,
      reads: [
        to.read(a),
        weights.buffer,
        readBias(to, bias, columns),
      ],
      writes: [buffer],
      label: name,
    }),
  ];
}
