/**
 * How backward kernels are checked: the slope of the forward reference, by
 * central differences, against the backward reference.
 *
 * @module
 */
import type { BufferData, Kernel, KernelCall, ParamTable } from "./kernel.ts";
import type { Variant } from "./program.ts";
import { assertAllClose, type Tolerance } from "./testing.ts";
import type { WindowShape } from "./window.ts";
import fc from "fast-check";

/** What the reference of a kernel writes. */
export function referenceOf<
  Table extends ParamTable,
  V extends Variant,
>(kernel: Kernel<Table, V>, call: KernelCall<Table, V>): BufferData[] {
  const writes = call.writes.map((array) => array.slice());
  kernel.reference({ ...call, writes });
  return writes;
}

/** A function of named tensors, and what is claimed of its slope. */
export interface GradientClaim extends Tolerance {
  /** The output for these inputs; it reads them when called. */
  forward(): ArrayLike<number>;
  /** The gradient of the output; of the output's length. */
  readonly slope: ArrayLike<number>;
  /** Each input that is claimed to have a gradient, by name, with the claim. */
  readonly gradients: Readonly<
    Record<string, {
      readonly input: Float32Array;
      readonly gradient: ArrayLike<number>;
    }>
  >;
  /** How far an input is moved, a power of two [1/32]. */
  readonly distance?: number;
}

/**
 * Throws unless each gradient agrees with the five-point central difference of
 * `sum(forward() * slope)`, whose error falls with the fourth power of the
 * distance, so that float32 outputs do.
 */
export function checkGradient(
  { forward, slope, gradients, distance = 1 / 32, ...tolerance }: GradientClaim,
): void {
  const objective = (): number =>
    Array.from(forward()).reduce(
      (sum, value, index) => sum + value * slope[index],
      0,
    );
  for (const [name, { input, gradient }] of Object.entries(gradients)) {
    const slopes = Array.from(input, (value, index) => {
      const moved = (steps: number): number => {
        input[index] = value + steps * distance;
        return objective();
      };
      const near = moved(1) - moved(-1);
      const far = moved(2) - moved(-2);
      input[index] = value;
      return (8 * near - far) / (12 * distance);
    });
    try {
      assertAllClose(gradient, slopes, {
        absolute: 2e-5,
        relative: 2e-5,
        ...tolerance,
      });
    } catch (error) {
      throw new Error(`The gradient of ${name} is wrong`, { cause: error });
    }
  }
}

/** Windows of any size over images of any size, with at least one output. */
export const windowShapes: fc.Arbitrary<WindowShape> = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  inHeight: fc.integer({ min: 1, max: 11 }),
  inWidth: fc.integer({ min: 1, max: 11 }),
  windowHeight: fc.integer({ min: 1, max: 4 }),
  windowWidth: fc.integer({ min: 1, max: 4 }),
  strideHeight: fc.integer({ min: 1, max: 3 }),
  strideWidth: fc.integer({ min: 1, max: 3 }),
  dilationHeight: fc.integer({ min: 1, max: 2 }),
  dilationWidth: fc.integer({ min: 1, max: 2 }),
  padTop: fc.integer({ min: 0, max: 2 }),
  padLeft: fc.integer({ min: 0, max: 2 }),
  padBottom: fc.integer({ min: 0, max: 2 }),
  padRight: fc.integer({ min: 0, max: 2 }),
}).map(({ padBottom, padRight, ...shape }) => ({
  ...shape,
  outHeight: outputs({
    size: shape.inHeight + shape.padTop + padBottom,
    extent: (shape.windowHeight - 1) * shape.dilationHeight + 1,
    stride: shape.strideHeight,
  }),
  outWidth: outputs({
    size: shape.inWidth + shape.padLeft + padRight,
    extent: (shape.windowWidth - 1) * shape.dilationWidth + 1,
    stride: shape.strideWidth,
  }),
})).filter(({ outHeight, outWidth }) => outHeight > 0 && outWidth > 0);

function outputs(
  { size, extent, stride }: { size: number; extent: number; stride: number },
): number {
  return Math.floor((size - extent) / stride) + 1;
}
