/**
 * Many products of two matrices, `[a (..., m, k), b (..., k, n)]`, whose leading axes
 * broadcast as NumPy's do; either may be stored transposed.
 */
import { batchMatmul, batchMatmulCall } from "../../../kernels/batch_matmul.ts";
import type { Step } from "../../../kernels/program.ts";
import { InputError } from "../../errors.ts";
import { elementCount, type NodeOf, type Shape, type Tensor } from "../ir.ts";
import type { Lowering } from "../lowering.ts";
import { reshapeTo, sumOverCopies } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import type { Backward, OpRule } from "./_rule.ts";
import { broadcastShapes } from "./binary.ts";

/** How the matrices are stored. */
export interface BatchMatmulAttributes {
  /** Whether those of `a` are stored `(k, m)`. */
  readonly transposeA: boolean;
  /** Whether those of `b` are stored `(n, k)`. */
  readonly transposeB: boolean;
}

export const rule: OpRule<"batch_matmul"> = {
  shape([a, b], attributes) {
    const [rows, depth] = matrixOf(a.shape, attributes.transposeA);
    const [innerB, columns] = matrixOf(b.shape, attributes.transposeB);
    if (a.shape.length < 2 || b.shape.length < 2 || depth !== innerB) {
      throw new InputError(
        `matrices of shapes ${told(a, attributes.transposeA)} and ${
          told(b, attributes.transposeB)
        } do not multiply`,
      );
    }
    const leading = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [[...leading, rows, columns]];
  },
  lower,
  gradient,
};

/** Rows and columns of a matrix, whichever way it is stored. */
function matrixOf(shape: Shape, isTransposed: boolean): Shape {
  return isTransposed ? shape.slice(-2).toReversed() : shape.slice(-2);
}

function told({ shape }: Tensor, isTransposed: boolean): string {
  return `[${shape.join(", ")}]${isTransposed ? "^T" : ""}`;
}

function lower(node: NodeOf<"batch_matmul">, to: Lowering): Step[] {
  const { name, inputs, outputs: [y], attributes } = node;
  const [a, b] = inputs.map((input) => to.shape(input));
  const [rows, columns] = to.shape(y).slice(-2);
  const [, depth] = matrixOf(a, attributes.transposeA);
  const products = productsOf(a.slice(0, -2), b.slice(0, -2));
  if (!products) {
    throw new InputError(
      `Cannot run node "${name}" (batch_matmul): matrices of [${
        a.join(", ")
      }] and [${b.join(", ")}] are repeated along more than two axes`,
    );
  }
  const call = batchMatmulCall({ rows, depth, columns }, {
    ...products,
    ...attributes,
  });
  return dispatchNode(batchMatmul, node, { to, ...call });
}

type Counts = readonly [outer: number, inner: number];

/** Leading axes as two, each of which is there as a whole or as one in either operand. */
function productsOf(
  a: Shape,
  b: Shape,
): { readonly a: Counts; readonly b: Counts } | undefined {
  const rank = Math.max(a.length, b.length);
  const [left, right] = [a, b].map((shape) => [
    ...Array<number>(rank - shape.length).fill(1),
    ...shape,
  ]);
  for (let split = 0; split <= rank; split++) {
    const counts = (shape: Shape): Counts => [
      elementCount(shape.slice(0, split)),
      elementCount(shape.slice(split)),
    ];
    const [countsA, countsB] = [counts(left), counts(right)];
    const fits = countsA.every((count, at) => {
      const other = countsB[at];
      const part = at === 0 ? [0, split] : [split, rank];
      const isSame = left.slice(...part).join() === right.slice(...part).join();
      return isSame || count === 1 || other === 1;
    });
    if (fits) return { a: countsA, b: countsB };
  }
  return undefined;
}

/**
 * With `P = op(A) op(B)`: `d op(A) = dP op(B)^T` and `d op(B) = op(A)^T dP`, each
 * transposed back where the operand was, and summed where it was repeated.
 */
function gradient(
  { inputs: [a, b], attributes }: NodeOf<"batch_matmul">,
  to: Backward,
): (string | undefined)[] {
  const { transposeA, transposeB } = attributes;
  const dy = to.outputGradient;
  const product = (
    [left, transposeLeft]: readonly [string, boolean],
    [right, transposeRight]: readonly [string, boolean],
  ) =>
    to.add({
      op: "batch_matmul",
      inputs: [left, right],
      attributes: { transposeA: transposeLeft, transposeB: transposeRight },
    });
  const da = () =>
    transposeA
      ? product([b, transposeB], [dy, true])
      : product([dy, false], [b, !transposeB]);
  const db = () =>
    transposeB
      ? product([dy, true], [a, transposeA])
      : product([a, !transposeA], [dy, false]);
  const ofOne = (operand: string, made: () => string) =>
    to.wants(operand)
      ? reshapeTo(
        to,
        sumOverCopies(to, made(), to.shape(operand)),
        to.shape(operand),
      )
      : undefined;
  return [ofOne(a, da), ofOne(b, db)];
}
