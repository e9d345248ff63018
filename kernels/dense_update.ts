/**
 * The backward half of a dense layer's training step: gradient and update at once.
 *
 * @module
 */
import { denseParams } from "./dense.ts";
import source from "./dense_update.wgsl" with { type: "text" };
import { ceilDivide, type Kernel } from "./kernel.ts";
import {
  optimizer,
  optimizerMoments,
  updateFunction,
  type UpdateRule,
} from "./optimizer.ts";
import { type Bindings, loadFunctions, storeFunctions } from "./texels.ts";
import { unroll } from "./unroll.ts";
import { elementAlias } from "./vector.ts";

const params = {
  ...denseParams,
  /** `1 - beta2` (`adam`), made in f64: `1 - 0.999` is off by 1e-5 in f32. */
  secondShare: "f32",
} as const;

export type DenseUpdateVariant = {
  rule: UpdateRule;
  /** Whether x, dy and places are read, and the parameters written, as texels. */
  texels: boolean;
  /** Whether the counter is advanced here, after `dense_loss`. */
  advances: boolean;
};

/** One vector of a CPU; few on a GPU, too, since each does much: they have to reach all cores. */
function workgroupSize({ texels }: DenseUpdateVariant): number {
  return texels ? 8 : 16;
}

/** Vec4s of the depth, and of the columns, that a thread owns. */
const tile = { parts: 4, vectors: 2 } as const;

/**
 * One step of an optimizer by `dW = x^T dy`, `db = sum of the rows of dy`, where
 * x has the rows that `places` lists for the step. x: `(any, depth)`, dy:
 * `(rows, columns)`, places: `(steps, placeStride)`, schedule: `(steps, 4)`,
 * counter: `(2)`, one more than the step that runs, or, where it is advanced
 * here, that step as its second, parameters and each moment: `(depth + 1,
 * columns)`. With texels, the new parameters are written once more,
 * for `dense` to read in the next step: bind their buffer twice.
 */
export const denseUpdate: Kernel<typeof params, DenseUpdateVariant> = {
  name: "dense_update",
  params,
  reads: (variant) => ({
    ...vectorReads(variant),
    schedule: "vec4f",
  }),
  writes: ({ rule, texels }) => {
    const moments: Bindings = Object.fromEntries(
      optimizerMoments[rule].map((name) => [name, "vec4f"]),
    );
    return {
      counter: "u32",
      parameters: "vec4f",
      ...moments,
      ...(texels && { parameter_texels: "texels" as const }),
    };
  },
  workgroup: (variant) => [workgroupSize(variant), 1, 1],
  constants: ({ texels, advances }) => ({
    PARTS: tile.parts,
    SIDE_BY_SIDE: texels,
    ADVANCES: advances,
  }),
  source: (variant) =>
    elementAlias(4) + loadFunctions(vectorReads(variant)) + "\n" +
    keepFunction(variant) +
    updateFunction(variant.rule) +
    unroll(source, { p: tile.parts, c: tile.vectors, i: 4 }),
  groups: ({ depth, columns }, variant) => [
    ceilDivide(
      ceilDivide(depth / 4, tile.parts) + 1,
      workgroupSize(variant),
    ),
    ceilDivide(columns / 4, tile.vectors),
    1,
  ],
  cost: ({ rows, depth, columns }, { rule }) => {
    const size = (depth + 1) * columns;
    const moments = optimizerMoments[rule].length;
    return {
      flops: size * (2 * rows + 4 + moments * 5),
      bytes: 4 * (rows * (depth + columns) + size * 2 * (1 + moments)),
    };
  },
  reference({ params, variant, reads, writes }) {
    const { rows, depth, columns, placeStride, secondShare } = params;
    const [x, dy, places, schedule] = reads;
    const [counter, ...kept] = writes;
    const size = (depth + 1) * columns;
    const step = variant.advances ? counter[1] : counter[0] - 1;
    counter[0] = step + 1;
    const start = step * placeStride;
    const gradient = new Float32Array(size);
    for (let k = 0; k <= depth; k++) {
      for (let c = 0; c < columns; c++) {
        let sum = 0;
        for (let r = 0; r < rows; r++) {
          const row = Math.trunc(places[start + r]);
          const value = k === depth ? 1 : x[row * depth + k];
          sum += value * dy[r * columns + c];
        }
        gradient[k * columns + c] = sum;
      }
    }
    const decayed = depth * columns;
    optimizer.reference({
      params: { size, decayed, secondShare, penalty: 0, rateScale: 1 },
      variant: { rule: variant.rule, vector: 4 },
      reads: [gradient, schedule, counter],
      writes: variant.texels ? kept.slice(0, -1) : kept,
    });
    if (variant.texels) kept[kept.length - 1].set(kept[0]);
  },
  example: () => ({
    params: {
      rows: 2,
      depth: 4,
      columns: 4,
      placeStride: 4,
      secondShare: 0.1,
    },
    variant: { rule: "adam", texels: true, advances: true },
    reads: [
      Float32Array.from({ length: 12 }, (_, index) => index - 5),
      Float32Array.from({ length: 8 }, (_, index) => 1 - index / 8),
      new Float32Array([0, 0, 0, 0, 2, 1, 0, 0]),
      new Float32Array([0, 0, 0, 0, 0.02, 0.002, 0.1, 1e-7]),
    ],
    writes: [
      new Uint32Array([1, 1]),
      Float32Array.from({ length: 20 }, (_, index) => 1 - index / 8),
      new Float32Array(20).fill(0.5),
      new Float32Array(20).fill(1),
      new Float32Array(20),
    ],
  }),
};

function vectorReads({ texels }: DenseUpdateVariant): Bindings {
  const element = texels ? "texels" : "vec4f";
  return { x: element, dy: element, places: element };
}

/** Stores what a parameter has become. */
function keepFunction({ texels }: DenseUpdateVariant): string {
  const copy = storeFunctions({ parameter_texels: "texels" });
  return [
    ...texels ? [copy] : [],
    "fn keep(index: u32, value: vec4f) {",
    "  parameters[index] = value;",
    ...texels ? ["  store_parameter_texels(index, value);"] : [],
    "}",
    "",
  ].join("\n");
}
