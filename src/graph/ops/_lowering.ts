/** What lowerings share: the layouts of weights, and shapes brought to rank 4. */
import {
  type FilterSize,
  packBias,
  packedFilterLength,
  packFilter,
} from "../../../kernels/conv2d.ts";
import {
  largestHalf,
  packHalves,
  type Precision,
} from "../../../kernels/half.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import {
  packFilter as packFilterKernel,
  packFilterCall,
} from "../../../kernels/pack_filter.ts";
import { InputError } from "../../errors.ts";
import type { Lowering, Prepared } from "../lowering.ts";
import type { BufferIndex } from "../../../kernels/program.ts";

/** A filter in conv2d's tiles. */
export interface PreparedFilter extends Prepared {
  /** How its values are stored. */
  readonly precision: Precision;
}

/**
 * A `(depth, columns)` matrix, or its transpose in blocks, in conv2d's tiles:
 * packed once if it is constant, else each time by the GPU.
 */
export function readFilter(
  to: Lowering,
  filter: string,
  { label, precision = "f32", ...size }: FilterSize & {
    readonly label: string;
    /** How it is stored where it is constant [f32]. */
    readonly precision?: Precision;
  },
): PreparedFilter {
  if (to.kindOf(filter) === "constant") {
    const layout = size.isTransposed
      ? `transposed tiles of ${size.places ?? 1}`
      : "tiles";
    const elements = packedFilterLength(size);
    const buffer = precision === "f32"
      ? to.packed(filter, {
        layout,
        elements,
        pack: (data) => packFilter(data, size),
      })
      : to.packed(filter, {
        layout: `${layout}, f16`,
        elements: elements / 2,
        pack: (data) => halvesOf(packFilter(data, size), filter),
      });
    return { buffer, steps: [], precision };
  }
  const buffer = to.scratch(packedFilterLength(size));
  const { params, variant } = packFilterCall(size);
  const step = dispatch(packFilterKernel, {
    params,
    variant,
    reads: [to.read(filter)],
    writes: [buffer],
    label,
  });
  return { buffer, steps: [step], precision: "f32" };
}

/** Packed weights as f16. Throws an `InputError` that names them if one is too large. */
function halvesOf(weights: Float32Array, name: string): Uint32Array {
  const beyond = weights.find((weight) => !(Math.abs(weight) <= largestHalf));
  if (beyond === undefined) return packHalves(weights);
  throw new InputError(
    `Weights "${name}" hold ${beyond}, and f16 ends at ${largestHalf}: leave out --precision f16`,
  );
}

/**
 * A bias, or zeros where there is none, filled up to conv2d's tiles; the buffer
 * of a variable is as long as that.
 */
export function readBias(
  to: Lowering,
  bias: string | undefined,
  columns: number,
): BufferIndex {
  if (bias !== undefined && to.kindOf(bias) === "variable") {
    return to.read(bias);
  }
  const zeros = packBias(undefined, columns);
  return bias === undefined
    ? to.literal(`zero bias of ${zeros.length}`, zeros)
    : to.packed(bias, {
      layout: "filled",
      elements: zeros.length,
      pack: (data) => packBias(data, columns),
    });
}

/** A list of four, one for each axis of NHWC, filled from the left. */
export function rankFour(
  values: readonly number[],
  fill: number,
): readonly [number, number, number, number] {
  const [a, b, c, d] = [
    ...new Array<number>(4 - values.length).fill(fill),
    ...values,
  ];
  return [a, b, c, d];
}
