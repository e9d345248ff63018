/**
 * Many products of matrices at once, such as those of the heads of attention.
 *
 * @module
 */
import {
  type Kernel,
  linearGroups,
  linearIndex,
  type ParamsOf,
} from "./kernel.ts";
import {
  batchedSource,
  loadSource,
  type MatmulShape,
  type MatmulVariant,
  productSource,
  tilesOf,
  workgroupSize,
} from "./matmul.ts";
import { elementOf, vectorWidth } from "./vector.ts";

/** Strides are in elements, 0 where a matrix is in several products. */
const params = {
  /** Number of products. */
  products: "u32",
  /** How many of them are side by side along the inner axis. */
  inner: "u32",
  rows: "u32",
  depth: "u32",
  columns: "u32",
  aStride0: "u32",
  aStride1: "u32",
  bStride0: "u32",
  bStride1: "u32",
  /** Terms of the sum: all of them are in one part. */
  depthPerSplit: "u32",
} as const;

type BatchMatmulParams = ParamsOf<typeof params>;

/** Where the products are: two axes, and how often either operand is there along each. */
export interface Products {
  /** Matrices along the outer and the inner axis. */
  readonly a: readonly [outer: number, inner: number];
  /** Likewise; along each axis as many as `a`, or either has one. */
  readonly b: readonly [outer: number, inner: number];
}

/** Parameters and variant of many products, all of that shape. */
export function batchMatmulCall(
  { rows, depth, columns }: MatmulShape,
  { a, b, transposeA = false, transposeB = false }: Products & {
    readonly transposeA?: boolean;
    readonly transposeB?: boolean;
  },
): { params: BatchMatmulParams; variant: MatmulVariant } {
  const [outer, inner] = a.map((size, axis) => Math.max(size, b[axis]));
  const strides = ([first, second]: Products["a"], matrix: number) => [
    first > 1 ? second * matrix : 0,
    second > 1 ? matrix : 0,
  ];
  const [aStride0, aStride1] = strides(a, rows * depth);
  const [bStride0, bStride1] = strides(b, depth * columns);
  return {
    params: {
      ...{ products: outer * inner, inner, rows, depth, columns },
      ...{ aStride0, aStride1, bStride0, bStride1 },
      depthPerSplit: depth,
    },
    variant: {
      transposeA,
      transposeB,
      aLoads: vectorWidth(transposeA ? rows : depth),
      bLoads: vectorWidth(transposeB ? depth : columns),
    },
  };
}

/**
 * `y[p] = A[p] B[p]`; each matrix of a and b is laid out as those of `matmul`, y:
 * `(products, rows, columns)`.
 */
export const batchMatmul: Kernel<typeof params, MatmulVariant> = {
  name: "batch_matmul",
  params,
  reads: ({ aLoads, bLoads }) => ({
    a: elementOf(aLoads),
    b: elementOf(bLoads),
  }),
  writes: () => ({ y: "f32" }),
  workgroup: () => [workgroupSize, 1, 1],
  constants: ({ transposeA, transposeB }) => ({
    TRANSPOSE_A: transposeA,
    TRANSPOSE_B: transposeB,
  }),
  source: ({ aLoads, bLoads }) =>
    [
      linearIndex,
      "var<private> a_start: u32;",
      "var<private> b_start: u32;",
      "",
      loadSource("a", aLoads, { start: "a_start" }),
      loadSource("b", bLoads, { start: "b_start" }),
      productSource(batchedSource, "product"),
    ].join("\n"),
  groups: (params) =>
    linearGroups(params.products * tilesOf(params), workgroupSize),
  cost({ products, inner, rows, depth, columns, ...strides }) {
    const { aStride0, aStride1, bStride0, bStride1 } = strides;
    const matrices = (stride0: number, stride1: number) =>
      (stride0 > 0 ? products / inner : 1) * (stride1 > 0 ? inner : 1);
    return {
      flops: 2 * products * rows * depth * columns,
      bytes: 4 * (matrices(aStride0, aStride1) * rows * depth +
        matrices(bStride0, bStride1) * depth * columns +
        products * rows * columns),
    };
  },
  reference({ params, variant, reads: [a, b], writes: [y] }) {
    const { products, inner, rows, depth, columns } = params;
    const [aRow, aDepth] = variant.transposeA ? [1, rows] : [depth, 1];
    const [bDepth, bColumn] = variant.transposeB ? [1, depth] : [columns, 1];
    for (let product = 0; product < products; product++) {
      const [p0, p1] = [Math.floor(product / inner), product % inner];
      const aStart = p0 * params.aStride0 + p1 * params.aStride1;
      const bStart = p0 * params.bStride0 + p1 * params.bStride1;
      for (let m = 0; m < rows; m++) {
        for (let n = 0; n < columns; n++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) {
            sum += a[aStart + m * aRow + k * aDepth] *
              b[bStart + k * bDepth + n * bColumn];
          }
          y[(product * rows + m) * columns + n] = sum;
        }
      }
    }
  },
  example: () => ({
    ...batchMatmulCall({ rows: 2, depth: 7, columns: 3 }, {
      a: [2, 2],
      b: [1, 2],
      transposeB: true,
    }),
    reads: [
      Float32Array.from({ length: 56 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 42 }, (_, i) => Math.sin(i)),
    ],
    writes: [new Float32Array(24)],
  }),
};
