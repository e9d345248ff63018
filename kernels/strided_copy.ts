/**
 * Copies by strides: transposes, steps and turns of the order along axes.
 *
 * @module
 */
import {
  type Kernel,
  linearGroups,
  linearIndex,
  type ParamsOf,
} from "./kernel.ts";
import source from "./strided_copy.wgsl" with { type: "text" };

/** Elements, not bytes. */
const params = {
  /** Number of elements of y. */
  size: "u32",
  /** The first element read. */
  offset: "u32",
  d1: "u32",
  d2: "u32",
  d3: "u32",
  d4: "u32",
  d5: "u32",
  /** From one element of x to the next along each axis of y; negative goes back. */
  xStride0: "u32",
  xStride1: "u32",
  xStride2: "u32",
  xStride3: "u32",
  xStride4: "u32",
  xStride5: "u32",
} as const;

/** Axes that the kernel knows. */
export const stridedAxes = 6;

/** `y[i0, ..., i5] = x[offset + i0 * xStride0 + ... + i5 * xStride5]`; y: `(d0, ..., d5)`. */
export const stridedCopy: Kernel<typeof params> = {
  name: "strided_copy",
  params,
  reads: () => ({ x: "f32" }),
  writes: () => ({ y: "f32" }),
  texelBindings: () => ["x", "y"],
  source: () => [linearIndex, source].join("\n"),
  groups: ({ size }) => linearGroups(size),
  cost: ({ size }) => ({ flops: 0, bytes: size * 8 }),
  reference({ params, reads: [x], writes: [y] }) {
    const { d1, d2, d3, d4, d5 } = params;
    const axes = [
      [d5, params.xStride5],
      [d4, params.xStride4],
      [d3, params.xStride3],
      [d2, params.xStride2],
      [d1, params.xStride1],
      [Infinity, params.xStride0],
    ];
    for (let index = 0; index < params.size; index++) {
      let rest = index, at = params.offset;
      for (const [size, stride] of axes) {
        const step = rest % size;
        at += step * stride;
        rest = (rest - step) / size;
      }
      y[index] = x[at];
    }
  },
  example: () => ({
    ...stridedCall({ shape: [3, 2], strides: [1, -3], offset: 3 }),
    reads: [new Float32Array([1, 2, 3, 4, 5, 6])],
    writes: [new Float32Array(6)],
  }),
};

/**
 * Uniforms for a result of that shape.
 *
 * @throws {Error} if it has more axes than the kernel knows.
 */
export function stridedCall(
  { shape, strides, offset = 0 }: {
    readonly shape: readonly number[];
    /** Of x, one for each axis of the result. */
    readonly strides: readonly number[];
    readonly offset?: number;
  },
): { params: ParamsOf<typeof params>; variant: Record<never, never> } {
  const missing = stridedAxes - shape.length;
  if (missing < 0) {
    throw new Error(`[${shape}] has more than ${stridedAxes} axes`);
  }
  const [, d1, d2, d3, d4, d5] = [...Array<number>(missing).fill(1), ...shape];
  const [xStride0, xStride1, xStride2, xStride3, xStride4, xStride5] = [
    ...Array<number>(missing).fill(0),
    ...strides,
  ];
  const size = shape.reduce((product, length) => product * length, 1);
  return {
    params: {
      ...{ size, offset, d1, d2, d3, d4, d5 },
      ...{ xStride0, xStride1, xStride2, xStride3, xStride4, xStride5 },
    },
    variant: {},
  };
}
