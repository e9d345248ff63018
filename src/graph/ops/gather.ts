/**
 * The batch of a step out of all data, `[data (rows, ...), batches (steps,
 * batch) of rows, counter (1)]`.
 */
import { copyChannels } from "../../../kernels/copy_channels.ts";
import {
  gatherRows,
  type GatherRowsVariant,
} from "../../../kernels/gather_rows.ts";
import { dispatch, roundUp } from "../../../kernels/kernel.ts";
import { elementCount } from "../ir.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";

/** What the data are. */
export type GatherAttributes = GatherRowsVariant;

export const rule: OpRule<"gather"> = {
  /** Rows may have become images, which only what was written tells. */
  shape: ([data, batches], _attributes, written) =>
    written ?? [[batches.shape[1], ...data.shape.slice(1)]],
  /** Bytes become f32 of the same value. */
  dtype: () => "f32",
  /** The kernel copies whole vec4s; rows of another length have their data filled up. */
  lower(
    { name, inputs: [data, batches, counter], outputs: [y], attributes },
    to,
  ) {
    const [rows, ...rest] = to.shape(y);
    const size = elementCount(rest);
    const depth = roundUp(size, 4);
    const { buffer } = to.place(y);
    const target = depth === size ? buffer : to.scratch(rows * depth);
    const gather = dispatch(gatherRows, {
      params: { rows, depth },
      variant: attributes,
      reads: [to.read(data), to.read(batches), to.read(counter)],
      writes: [target],
      label: name,
    });
    if (depth === size) return [gather];
    const params = { rows, channels: size, xStride: depth, xOffset: 0 };
    return [
      gather,
      dispatch(copyChannels, {
        params: { ...params, yStride: size, yOffset: 0 },
        variant: { vector: 1 },
        reads: [target],
        writes: [buffer],
        label: name,
      }),
    ];
  },
  gradient: notDifferentiable,
};
