/** What lowerings share: the layouts of weights, and shapes brought to rank 4. */
import {
  packBias,
  packedFilterLength,
  packFilter,
} from "../../../kernels/conv2d.ts";
import type { Lowering } from "../../plan/lowering.ts";
import type { BufferIndex } from "../../plan/program.ts";

/** A `(depth, columns)` matrix, or its transpose, in conv2d's tiles. */
export function readFilter(
  to: Lowering,
  filter: string,
  { depth, columns, isTransposed = false }: {
    depth: number;
    columns: number;
    isTransposed?: boolean;
  },
): BufferIndex {
  const size = { depth, columns, isTransposed };
  return to.packed(filter, {
    layout: isTransposed ? "transposed tiles" : "tiles",
    elements: packedFilterLength(size),
    pack: (data) => packFilter(data, size),
  });
}

/** A bias, or zeros where there is none, filled up to conv2d's tiles. */
export function readBias(
  to: Lowering,
  bias: string | undefined,
  columns: number,
): BufferIndex {
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
