/**
 * The product of two matrices, `[a (m, k), b (k, n), bias? (n)]`; either may be
 * stored transposed.
 */
import { conv2d, conv2dCall } from "../../../kernels/conv2d.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import { InputError } from "../../errors.ts";
import type { Lowering } from "../../plan/lowering.ts";
import type { Step } from "../../plan/program.ts";
import type { NodeDef } from "../graphdef.ts";
import type { Activation, NodeOf, Tensor } from "../ir.ts";
import {
  attribute,
  requireFloat,
  requireInputs,
  requireRank,
} from "./_attributes.ts";
import { readBias, readFilter } from "./_lowering.ts";
import type { ImportedNode, OpRule } from "./_rule.ts";

/** How the matrices are stored, and what happens to the result. */
export interface MatmulAttributes {
  /** Whether `a` is stored `(k, m)`. */
  readonly transposeA: boolean;
  /** Whether `b` is stored `(n, k)`. */
  readonly transposeB: boolean;
  /** Applied to the result, after the bias. */
  readonly activation: Activation;
}

/** `matmul` for the typed table. */
export const matmulRule: OpRule<"matmul"> = {
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
};

/** Importer of TensorFlow's MatMul. */
export const matmulImporters = { MatMul: importMatmul };

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

/** A matrix product is a convolution of single pixels. */
function lower(
  { name, inputs: [a, b, bias], outputs: [y], attributes }: NodeOf<"matmul">,
  to: Lowering,
): Step[] {
  const { transposeA, transposeB: isTransposed, activation } = attributes;
  if (transposeA) {
    throw new InputError(
      `Cannot run node "${name}" (matmul): transpose_a is not supported on the GPU`,
    );
  }
  const [batch, depth] = to.shape(a);
  const [, columns] = to.shape(y);
  const { buffer, stride, offset } = to.place(y);
  const { params, variant } = conv2dCall({
    inHeight: 1,
    inWidth: 1,
    inChannels: depth,
    outHeight: 1,
    outWidth: 1,
    outChannels: columns,
    windowHeight: 1,
    windowWidth: 1,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: 0,
    padLeft: 0,
    yStride: stride,
    yOffset: offset,
  }, { batch, activation, texels: to.texels });
  return [dispatch(conv2d, {
    params,
    variant,
    reads: [
      to.read(a),
      readFilter(to, b, { depth, columns, isTransposed }),
      readBias(to, bias, columns),
    ],
    writes: [buffer],
    label: name,
  })];
}
