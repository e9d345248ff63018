/**
 * The phases of an image, brought together: pixels that leave the same remainder
 * by the strides of a window that moves over it.
 *
 * @module
 */
import source from "./interleave.wgsl" with { type: "text" };
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  linearIndex,
  type ParamsOf,
} from "./kernel.ts";
import { unroll } from "./unroll.ts";
import { elementAlias, elementOf, type VectorWidth } from "./vector.ts";

const params = {
  batch: "u32",
  height: "u32",
  width: "u32",
  channels: "u32",
  strideHeight: "u32",
  strideWidth: "u32",
} as const;

export type InterleaveParams = ParamsOf<typeof params>;

export type InterleaveVariant = {
  strideHeight: 1 | 2;
  strideWidth: 1 | 2;
  /** The phases there are, `row_column` by their remainders, with spaces between. */
  phases: string;
  /** 4 needs channels in fours. */
  vector: VectorWidth;
};

/** Pixels of a phase along an axis of so many. */
export function phaseLength(
  size: number,
  { phase, stride }: { readonly phase: number; readonly stride: number },
): number {
  return ceilDivide(Math.max(0, size - phase), stride);
}

/**
 * `dx[n, h, w, c]` from the phase that h and w leave by the strides; each phase:
 * `(batch, phaseLength of the height, of the width, channels)`, dx: `(batch,
 * height, width, channels)`, which is 0 where its phase is not among them.
 */
export const interleave: Kernel<typeof params, InterleaveVariant> = {
  name: "interleave",
  params,
  reads: ({ phases, vector }) =>
    Object.fromEntries(
      namesOf(phases).map((name) => [`phase${name}`, elementOf(vector)]),
    ),
  writes: ({ vector }) => ({ dx: elementOf(vector) }),
  texelBindings: ({ phases }) => [
    ...namesOf(phases).map((name) => `phase${name}`),
    "dx",
  ],
  constants: ({ vector }) => ({ VECTOR: vector }),
  source(variant) {
    const present = namesOf(variant.phases);
    const functions = allPhases(variant).map((name) => {
      const value = present.includes(name)
        ? `load_phase${name}(at)`
        : "element(0.0)";
      return `fn phase_${name}(at: u32) -> element { return ${value}; }`;
    });
    return [
      elementAlias(variant.vector),
      linearIndex,
      ...functions,
      unroll(source, { a: variant.strideHeight, b: variant.strideWidth }),
    ].join("\n");
  },
  groups: ({ batch, channels, ...shape }, { vector }) =>
    linearGroups(
      batch * ceilDivide(shape.height, shape.strideHeight) *
        ceilDivide(shape.width, shape.strideWidth) * channels / vector,
    ),
  cost: ({ batch, height, width, channels }) => ({
    flops: 0,
    bytes: 8 * batch * height * width * channels,
  }),
  reference({ params, variant, reads, writes: [dx] }) {
    const { batch, height, width, channels, strideHeight, strideWidth } =
      params;
    dx.fill(0);
    for (const [at, name] of namesOf(variant.phases).entries()) {
      const [a, b] = name.split("_").map(Number);
      let next = 0;
      for (let image = 0; image < batch; image++) {
        for (let h = a; h < height; h += strideHeight) {
          for (let w = b; w < width; w += strideWidth) {
            const pixel = (image * height + h) * width + w;
            const values = reads[at].subarray(next, next + channels);
            dx.set(values, pixel * channels);
            next += channels;
          }
        }
      }
    }
  },
  example: () => ({
    params: {
      ...{ batch: 1, height: 3, width: 3, channels: 4 },
      ...{ strideHeight: 2, strideWidth: 2 },
    },
    variant: { strideHeight: 2, strideWidth: 2, phases: "0_0 1_1", vector: 4 },
    reads: [
      Float32Array.from({ length: 16 }, (_, index) => index + 1),
      new Float32Array([-1, -2, -3, -4]),
    ],
    writes: [new Float32Array(36).fill(9)],
  }),
};

function namesOf(phases: string): readonly string[] {
  return phases.split(" ").filter((name) => name !== "");
}

function allPhases(
  { strideHeight, strideWidth }: InterleaveVariant,
): readonly string[] {
  return Array.from({ length: strideHeight }, (_, a) => a).flatMap((a) =>
    Array.from({ length: strideWidth }, (_, b) => `${a}_${b}`)
  );
}
