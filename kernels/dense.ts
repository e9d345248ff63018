/**
 * The dense layer, of any size.
 *
 * @module
 */
import source from "./dense.wgsl" with { type: "text" };
import { ceilDivide, type Kernel, type ParamsOf, roundUp } from "./kernel.ts";
import { type Bindings, loadFunctions } from "./texels.ts";
import { blockOf, unroll } from "./unroll.ts";

export const denseParams = {
  rows: "u32",
  /** Values of a row of x, a multiple of 4. */
  depth: "u32",
  /** Values of a row of y, a multiple of 4. */
  columns: "u32",
  /** Places listed for a step: `rows`, filled up to a multiple of 4. */
  placeStride: "u32",
} as const;

export type DenseParams = ParamsOf<typeof denseParams>;

export type DenseVariant = {
  /** Which rows of x: as they come, or those that the step of a counter lists. */
  source: "all" | "listed";
  /** Whether x and the parameters are read as texels. */
  texels: boolean;
};

/** Rows and vec4s of columns that a workgroup owns. */
export const denseTile = { rows: 8, vectors: 2 } as const;

/** `y = x W + b` of rows as they come. */
export function denseSizes(
  { rows, depth, columns }: Omit<DenseParams, "placeStride">,
): DenseParams {
  return { rows, depth, columns, placeStride: roundUp(rows, 4) };
}

/**
 * `y = x W + b`; x: `(rows, depth)`, y: `(rows, columns)`, parameters:
 * `(depth + 1, columns)`, the rows of W and then b. Where rows are listed, x is
 * `(any, depth)`, places: `(steps, placeStride)` of rows of x as numbers, and
 * counter: the step, so that many training steps run in one submit.
 */
export const dense: Kernel<typeof denseParams, DenseVariant> = {
  name: "dense",
  params: denseParams,
  reads: (variant) => ({
    ...vectorReads(variant),
    ...(variant.source === "listed" &&
      { places: "f32" as const, counter: "u32" as const }),
  }),
  writes: () => ({ y: "vec4f" }),
  // Lanes that share a sum: one vector of a CPU, or enough to coalesce.
  workgroup: ({ texels }) => [texels ? 8 : 32, 1, 1],
  constants: () => ({ ROWS: denseTile.rows, VECTORS: denseTile.vectors }),
  source: (variant) =>
    denseSums(variant.source, vectorReads(variant)) + blockOf(source),
  groups: ({ rows, columns }) => [
    ceilDivide(rows, denseTile.rows),
    ceilDivide(columns / 4, denseTile.vectors),
    1,
  ],
  cost: ({ rows, depth, columns }) => ({
    flops: 2 * rows * depth * columns,
    bytes: 4 * (rows * depth + (depth + 1) * columns + rows * columns),
  }),
  reference(
    {
      params: { rows, depth, columns, placeStride },
      reads: [x, parameters, places, counter],
      writes: [y],
    },
  ) {
    for (let r = 0; r < rows; r++) {
      const row = places ? Math.trunc(places[counter[0] * placeStride + r]) : r;
      for (let c = 0; c < columns; c++) {
        let sum = parameters[depth * columns + c];
        for (let k = 0; k < depth; k++) {
          sum += x[row * depth + k] * parameters[k * columns + c];
        }
        y[r * columns + c] = sum;
      }
    }
  },
  example: () => ({
    params: denseSizes({ rows: 2, depth: 4, columns: 4 }),
    variant: { source: "listed", texels: true },
    reads: [
      Float32Array.from({ length: 12 }, (_, index) => index - 5),
      Float32Array.from({ length: 20 }, (_, index) => 1 - index / 8),
      new Float32Array([0, 0, 0, 0, 2, 1, 0, 0]),
      new Uint32Array([1]),
    ],
    writes: [new Float32Array(8)],
  }),
};

function vectorReads({ texels }: DenseVariant): Bindings {
  const element = texels ? "texels" : "vec4f";
  return { x: element, parameters: element };
}

/** The text of the sums of a workgroup, with functions that load what is read. */
export function denseSums(
  rows: DenseVariant["source"],
  reads: Bindings,
): string {
  const counts = { r: denseTile.rows, c: denseTile.vectors };
  return [
    blockOf(source, rows) + loadFunctions(reads),
    unroll(blockOf(source, "sums"), counts),
  ].join("\n");
}
