/**
 * The sum of the rows of a matrix: partial sums, and the gradient of a bias.
 *
 * @module
 */
import {
  ceilDivide,
  type Kernel,
  linearIndex,
  type ParamsOf,
} from "./kernel.ts";
import { splitGroups, splitSum } from "./splits.ts";
import source from "./sum_rows.wgsl" with { type: "text" };
import {
  elementAlias,
  elementOf,
  type VectorWidth,
  vectorWidth,
} from "./vector.ts";

const params = {
  rows: "u32",
  columns: "u32",
  /** Rows that are added up to one row of y. */
  rowsPerSplit: "u32",
} as const;

export type SumRowsVariant = {
  /** 4 needs columns in fours. */
  vector: VectorWidth;
};

/** Rows of a part, at least. */
const minRows = 128;

/**
 * Calls that add up a matrix to one row, the first of them in parts where there
 * are many rows: `splits` rows of `columns` values go from one to the next.
 * `texels` are for software adapters.
 */
export function sumRowsCalls(
  rows: number,
  columns: number,
  { texels = false }: { readonly texels?: boolean } = {},
): readonly {
  readonly params: ParamsOf<typeof params>;
  readonly variant: SumRowsVariant;
  /** Rows that this call writes; 1 in the last. */
  readonly splits: number;
}[] {
  const vector = vectorWidth(columns);
  const { splits, perSplit } = splitSum(rows, {
    threads: columns / vector,
    values: columns,
    min: minRows,
    texels,
  });
  const first = {
    params: { rows, columns, rowsPerSplit: perSplit },
    variant: { vector },
    splits,
  };
  return splits === 1 ? [first] : [first, {
    params: { rows: splits, columns, rowsPerSplit: splits },
    variant: { vector },
    splits: 1,
  }];
}

/**
 * `y[s] = sum of the rows s * rowsPerSplit and following of x`; x: `(rows,
 * columns)`, y: `(rows / rowsPerSplit rounded up, columns)`.
 */
export const sumRows: Kernel<typeof params, SumRowsVariant> = {
  name: "sum_rows",
  params,
  reads: ({ vector }) => ({ x: elementOf(vector) }),
  writes: ({ vector }) => ({ y: elementOf(vector) }),
  texelBindings: () => ["x", "y"],
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: ({ vector }) =>
    [elementAlias(vector), linearIndex, source].join("\n"),
  groups: ({ columns, ...params }, { vector }) =>
    splitGroups({ ...params, channels: columns }, vector),
  cost: ({ rows, columns, rowsPerSplit }) => ({
    flops: rows * columns,
    bytes: 4 * columns * (rows + ceilDivide(rows, rowsPerSplit)),
  }),
  reference({ params, reads: [x], writes: [y] }) {
    const { rows, columns, rowsPerSplit } = params;
    const sums = new Float64Array(ceilDivide(rows, rowsPerSplit) * columns);
    for (let i = 0; i < rows * columns; i++) {
      const row = Math.floor(i / columns);
      sums[Math.floor(row / rowsPerSplit) * columns + i % columns] += x[i];
    }
    y.set(sums);
  },
  example: () => ({
    params: { rows: 5, columns: 2, rowsPerSplit: 3 },
    variant: { vector: 1 },
    reads: [Float32Array.from({ length: 10 }, (_, i) => i)],
    writes: [new Float32Array(4)],
  }),
};
