/** What lowerings share: the layouts of weights, and shapes brought to rank 4. */
import {
  conv2d,
  conv2dCall,
  type Conv2dShape,
  type FilterSize,
  packBias,
  packedFilterLength,
  packFilter,
  type PlacesWithin,
} from "../../../kernels/conv2d.ts";
import {
  largestHalf,
  packHalves,
  type Precision,
} from "../../../kernels/half.ts";
import {
  type Dispatch,
  dispatch,
  type Kernel,
  type ParamTable,
} from "../../../kernels/kernel.ts";
import {
  packFilter as packFilterKernel,
  packFilterCall,
} from "../../../kernels/pack_filter.ts";
import { InputError } from "../../errors.ts";
import type { Lowering } from "../lowering.ts";
import type { BufferIndex, Step, Variant } from "../../../kernels/program.ts";
import { variantFor } from "../../../kernels/tuning.ts";
import type { Activation, Node } from "../ir.ts";

/** A node as one dispatch that reads its inputs and writes its outputs, in their order. */
export function dispatchNode<Table extends ParamTable, V extends Variant>(
  kernel: Kernel<Table, V>,
  { name: label, inputs, outputs }: Pick<Node, "name" | "inputs" | "outputs">,
  { to, params, variant }: Pick<Dispatch<Table, V>, "params" | "variant"> & {
    readonly to: Lowering;
  },
): Step[] {
  return [dispatch(kernel, {
    params,
    variant,
    reads: inputs.map((input) => to.read(input)),
    writes: outputs.map((output) => to.place(output).buffer),
    label,
  })];
}

/** How a convolution reads its filter, and what it does to its result. */
interface Convolving {
  readonly activation: Activation;
  /** Of constant filters [f32]. */
  readonly precision?: Precision;
  /** Whether the filter is stored as the transpose, in blocks of that many places. */
  readonly isTransposed?: boolean;
  readonly places?: number;
  /** Where these are in a larger window [they are all of it]. */
  readonly within?: PlacesWithin;
  /** The buffer of the image [that of x]. */
  readonly image?: BufferIndex;
  /** The buffer of the result [that of the node's output]. */
  readonly target?: BufferIndex;
}

/**
 * A node `[x, filter, bias?, residual?]` that is a convolution of that shape: a
 * filter that is constant was packed in conv2d's tiles once, another is each time.
 */
export function convolve(
  { name: label, inputs: [x, filter, bias, residual], outputs: [y] }: Pick<
    Node,
    "name" | "inputs" | "outputs"
  >,
  to: Lowering,
  { shape, groups = 1, activation, precision, image, target, ...order }:
    & Convolving
    & {
      /** With the channels of a group. */
      readonly shape: Conv2dShape;
      /** Of the channels [1]. */
      readonly groups?: number;
    },
): Step[] {
  const { windowHeight, windowWidth, inChannels } = shape;
  const columns = groups * shape.outChannels;
  const weights = readFilter(to, filter, {
    ...order,
    depth: windowHeight * windowWidth * inChannels,
    columns,
    label,
    precision,
  });
  const { params, variant } = conv2dCall(shape, {
    batch: to.shape(x)[0],
    groups,
    activation,
    residual: residual !== undefined,
    tile: variantFor(to.tuning, shape),
    precision: weights.precision,
  });
  return [
    ...weights.steps,
    dispatch(conv2d, {
      params,
      variant,
      reads: [
        image ?? to.read(x),
        weights.buffer,
        readBias(to, bias, columns),
        ...residual === undefined ? [] : [to.read(residual)],
      ],
      writes: [target ?? to.place(y).buffer],
      label,
    }),
  ];
}

/** A `(depth, columns)` matrix, or its transpose in blocks, in conv2d's tiles. */
export function readFilter(
  to: Lowering,
  filter: string,
  { label, precision = "f32", ...size }: FilterSize & {
    readonly label: string;
    readonly precision: Precision | undefined;
  },
): { buffer: BufferIndex; steps: readonly Step[]; precision: Precision } {
  if (to.kindOf(filter) === "constant") {
    const layout = size.isTransposed
      ? `transposed tiles of ${size.places ?? 1}${
        size.within ? ` at ${Object.values(size.within).join(" ")}` : ""
      }`
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
