/**
 * Products of matrices that are both computed, of any size.
 *
 * @module
 */
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  linearIndex,
  type ParamsOf,
  roundUp,
} from "./kernel.ts";
import source from "./matmul.wgsl" with { type: "text" };
import { splitSum } from "./splits.ts";
import { unroll } from "./unroll.ts";
import { elementOf, type VectorWidth, vectorWidth } from "./vector.ts";

const params = {
  rows: "u32",
  depth: "u32",
  columns: "u32",
  /** Parts that the sum over the depth is split into. */
  splits: "u32",
  /** Terms of a part, a multiple of 4 where there are more parts. */
  depthPerSplit: "u32",
} as const;

export type MatmulParams = ParamsOf<typeof params>;

/** The product of a `(rows, depth)` and a `(depth, columns)` matrix. */
export type MatmulShape = Pick<MatmulParams, "rows" | "depth" | "columns">;

export type MatmulVariant = {
  /** Whether a is stored as `(depth, rows)`. */
  transposeA: boolean;
  /** Whether b is stored as `(columns, depth)`. */
  transposeB: boolean;
  /** Values of a per load: 4 needs its stored rows to be in fours. */
  aLoads: VectorWidth;
  /** Values of b per load: 4 needs its stored rows to be in fours. */
  bLoads: VectorWidth;
};

const rowsPerThread = 8;
const columnsPerThread = 16;
const workgroupSize = 32;

const minDepth = 128;

/**
 * Parameters and variant of a product. y needs room for `splits` products; with
 * more than one, `sumRowsCalls` adds them up. For `Y = X W`: dX is the product
 * of dY and W transposed, dW that of X transposed and dY.
 */
export function matmulCall(
  shape: MatmulShape,
  { transposeA = false, transposeB = false }: {
    readonly transposeA?: boolean;
    readonly transposeB?: boolean;
  } = {},
): { params: MatmulParams; variant: MatmulVariant } {
  const { perSplit } = splitSum(shape.depth, {
    threads: tilesOf(shape),
    values: shape.rows * shape.columns,
    min: minDepth,
  });
  const depthPerSplit = roundUp(perSplit, 4);
  return {
    params: {
      ...shape,
      splits: ceilDivide(shape.depth, depthPerSplit),
      depthPerSplit,
    },
    variant: {
      transposeA,
      transposeB,
      aLoads: vectorWidth(transposeA ? shape.rows : shape.depth),
      bLoads: vectorWidth(transposeB ? shape.depth : shape.columns),
    },
  };
}

function tilesOf({ rows, columns }: MatmulShape): number {
  return ceilDivide(rows, rowsPerThread) *
    ceilDivide(columns, columnsPerThread);
}

/** `y = A B` in parts of the sum; layouts are in `matmul.wgsl`. */
export const matmul: Kernel<typeof params, MatmulVariant> = {
  name: "matmul",
  params,
  reads: ({ aLoads, bLoads }) => ({
    a: elementOf(aLoads),
    b: elementOf(bLoads),
  }),
  writes: () => ({ y: "f32" }),
  texelBindings: () => ["a", "b"],
  workgroup: () => [workgroupSize, 1, 1],
  constants: ({ transposeA, transposeB }) => ({
    TRANSPOSE_A: transposeA,
    TRANSPOSE_B: transposeB,
  }),
  source: ({ aLoads, bLoads }) =>
    [
      linearIndex,
      neighboursSource("a", aLoads),
      neighboursSource("b", bLoads),
      unroll(source, {
        g: rowsPerThread / 4,
        r: 4,
        c: columnsPerThread / 4,
        i: 4,
      }),
    ].join("\n"),
  groups: (params) =>
    linearGroups(params.splits * tilesOf(params), workgroupSize),
  cost: ({ rows, depth, columns, splits }) => ({
    flops: 2 * rows * depth * columns,
    bytes: 4 * (rows * depth + depth * columns + splits * rows * columns),
  }),
  reference({ params, variant, reads: [a, b], writes: [y] }) {
    const { rows, depth, columns, depthPerSplit } = params;
    const [aRow, aDepth] = variant.transposeA ? [1, rows] : [depth, 1];
    const [bDepth, bColumn] = variant.transposeB ? [1, depth] : [columns, 1];
    const sums = new Float64Array(params.splits * rows * columns);
    for (let k = 0; k < depth; k++) {
      const start = Math.floor(k / depthPerSplit) * rows * columns;
      for (let m = 0; m < rows; m++) {
        const value = a[m * aRow + k * aDepth];
        for (let n = 0; n < columns; n++) {
          sums[start + m * columns + n] += value * b[k * bDepth + n * bColumn];
        }
      }
    }
    y.set(sums);
  },
  example: () => ({
    params: { rows: 2, depth: 7, columns: 4, splits: 2, depthPerSplit: 4 },
    variant: { transposeA: false, transposeB: true, aLoads: 1, bLoads: 1 },
    reads: [
      Float32Array.from({ length: 14 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 28 }, (_, i) => Math.sin(i)),
    ],
    writes: [new Float32Array(16)],
  }),
};

/**
 * `NAME_at`: four neighbours of a stored row of a matrix; past the last row
 * it repeats that, past its end the last value or the last four.
 */
function neighboursSource(name: "a" | "b", loads: VectorWidth): string {
  const head =
    `fn ${name}_at(row: u32, column: u32, rows: u32, columns: u32) -> vec4f {`;
  const body = loads === 4
    ? `  return load_${name}((min(row, rows - 1u) * columns + min(column, columns - 4u)) / 4u);`
    : [
      "  let base = min(row, rows - 1u) * columns;",
      "  let last = columns - 1u;",
      "  return vec4f(",
      ...["column", "column + 1u", "column + 2u", "column + 3u"].map((at) =>
        `    load_${name}(base + min(${at}, last)),`
      ),
      "  );",
    ].join("\n");
  return `${head}\n${body}\n}`;
}
