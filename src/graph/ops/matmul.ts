/**
 * The product of two matrices, `[a (m, k), b (k, n), bias? (n)]`; either may be
 * stored transposed.
 */
import { InputError } from "../../errors.ts";
import type { NodeDef } from "../graphdef.ts";
import type { Activation, Tensor } from "../ir.ts";
import {
  attribute,
  requireFloat,
  requireInputs,
  requireRank,
} from "./_attributes.ts";
import type { ImportedNode, OpRule } from "./_rule.ts";

/** How the matrices are stored, and what happens to the result. */
export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
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
