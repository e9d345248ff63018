/**
 * Many products of two matrices, `[a (..., m, k), b (..., k, n)]`, whose leading axes
 * broadcast as NumPy's do; either may be stored transposed.
 */
import { conv2d, conv2dCall, pointwise } from "../../../kernels/conv2d.ts";
import { columnsPerTile } from "../../../kernels/filter_tiles.ts";
import { dispatch, roundUp } from "../../../kernels/kernel.ts";
import { pad } from "../../../kernels/pad.ts";
import type { BufferIndex, Step } from "../../../kernels/program.ts";
import { stridedCall, stridedCopy } from "../../../kernels/strided_copy.ts";
import { variantFor } from "../../../kernels/tuning.ts";
import { InputError } from "../../errors.ts";
import { elementCount, type NodeOf, type Shape, type Tensor } from "../ir.ts";
import type { Lowering } from "../lowering.ts";
import { reshapeTo, sumOverCopies } from "./_gradient.ts";
import { readBias } from "./_lowering.ts";
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
  const { name: label, inputs, outputs: [y], attributes } = node;
  const [a, b] = inputs.map((input) => to.shape(input));
  const [rows, columns] = to.shape(y).slice(-2);
  const [, depth] = matrixOf(a, attributes.transposeA);
  const counts = countsOf(a.slice(0, -2), b.slice(0, -2));
  if (!counts) {
    throw new InputError(
      `Cannot run node "${label}" (batch_matmul): matrices of [${
        a.join(", ")
      }] and [${b.join(", ")}] are repeated along more than two axes`,
    );
  }
  const products = counts.a.map((count, at) => Math.max(count, counts.b[at]));
  // Kernels load four values of a row at once where a row is in fours.
  const filled = depth < leastFilled ? depth : roundUp(depth, 4);
  const size = { rows, depth: filled, products };
  const left = filledUp(to, {
    ...{ name: inputs[0], label, counts: counts.a, matrix: a.slice(-2) },
    wanted: attributes.transposeA ? [filled, rows] : [rows, filled],
  });
  const wide = roundUp(columns, columnsPerTile);
  const right = filledUp(to, {
    ...{ name: inputs[1], label, counts: counts.b, matrix: b.slice(-2) },
    wanted: attributes.transposeB ? [wide, filled] : [filled, wide],
  });
  const x = rowsOf(to, left, {
    ...{ ...size, columns, label, counts: counts.a },
    isTransposed: attributes.transposeA,
  });
  const weights = packed(to, right, {
    ...{ ...size, columns: wide, label, counts: counts.b },
    isTransposed: attributes.transposeB,
  });
  const shape = pointwise({
    height: rows,
    inChannels: filled,
    outChannels: columns,
  });
  const product = dispatch(conv2d, {
    ...conv2dCall(shape, {
      batch: 1,
      parts: elementCount(products),
      activation: "none",
      tile: variantFor(to.tuning, shape),
    }),
    reads: [x.buffer, weights.buffer, readBias(to, undefined, columns)],
    writes: [to.place(y).buffer],
    label,
  });
  return [...x.steps, ...weights.steps, product];
}

/** Shorter sums are not worth a copy. */
const leastFilled = 16;

/** Matrices in a buffer, and what puts them there. */
interface Matrices {
  readonly buffer: BufferIndex;
  readonly steps: readonly Step[];
}

/** The matrices of an operand, and of all products. */
interface Operand {
  readonly label: string;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  /** Matrices that there are, along two axes. */
  readonly counts: Counts;
  /** How many are wanted, along both. */
  readonly products: readonly number[];
  /** Whether rows are stored as columns. */
  readonly isTransposed: boolean;
}

/** An operand whose matrices are filled up with zeros to the size that is wanted. */
function filledUp(
  to: Lowering,
  { name, label, matrix, wanted, counts }: {
    readonly name: string;
    readonly label: string;
    readonly matrix: Shape;
    readonly wanted: Shape;
    readonly counts: Counts;
  },
): Matrices {
  if (matrix.join() === wanted.join()) {
    return { buffer: to.read(name), steps: [] };
  }
  const [inBatch, inHeight] = counts;
  const [inWidth, inChannels] = matrix;
  const [outWidth, outChannels] = wanted;
  const buffer = to.scratch(elementCount([...counts, outWidth, outChannels]));
  const step = dispatch(pad, {
    params: {
      ...{ inBatch, inHeight, inWidth, inChannels },
      ...{ outBatch: inBatch, outHeight: inHeight, outWidth, outChannels },
      ...{ beforeBatch: 0, beforeHeight: 0, beforeWidth: 0, beforeChannels: 0 },
      value: 0,
    },
    variant: {},
    reads: [to.read(name)],
    writes: [buffer],
    label,
  });
  return { buffer, steps: [step] };
}

/** The left matrices with a matrix of rows for each product: a copy where they are stored otherwise. */
function rowsOf(
  to: Lowering,
  left: Matrices,
  { rows, depth, counts, products, isTransposed, ...operand }: Operand,
): Matrices {
  const isRepeated = counts.some((count, at) => count !== products[at]);
  if (!isRepeated && !isTransposed) return left;
  return copied(to, left, {
    ...operand,
    shape: [...products, rows, depth],
    strides: [
      ...stepsOf(counts, rows * depth),
      ...isTransposed ? [1, rows] : [depth, 1],
    ],
  });
}

/** The right matrices in conv2d's tiles of 16 columns, for each product. */
function packed(
  to: Lowering,
  right: Matrices,
  { depth, columns, counts, products, isTransposed, ...operand }: Operand,
): Matrices {
  const tiles = columns / columnsPerTile;
  const [down, across] = isTransposed ? [1, depth] : [columns, 1];
  return copied(to, right, {
    ...operand,
    shape: [...products, tiles, depth, columnsPerTile],
    strides: [
      ...stepsOf(counts, depth * columns),
      ...[columnsPerTile * across, down, across],
    ],
  });
}

function copied(
  to: Lowering,
  { buffer: source, steps }: Matrices,
  { label, shape, strides }: {
    readonly label: string;
    readonly shape: Shape;
    readonly strides: readonly number[];
  },
): Matrices {
  const buffer = to.scratch(elementCount(shape));
  const step = dispatch(stridedCopy, {
    ...stridedCall({ shape, strides }),
    reads: [source],
    writes: [buffer],
    label,
  });
  return { buffer, steps: [...steps, step] };
}

/** Elements from one matrix to the next along both axes, 0 where it is repeated. */
function stepsOf([outer, inner]: Counts, matrix: number): number[] {
  return [outer > 1 ? inner * matrix : 0, inner > 1 ? matrix : 0];
}

type Counts = readonly [outer: number, inner: number];

/** Leading axes as two, each of which is there as a whole or as one in either operand. */
function countsOf(
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
