/**
 * Parts of a tensor, `[x]`: what StridedSlice, Slice, Split, Unpack and GatherV2 of
 * known places are, and the gradients of concatenation and of padding.
 */
import { copyChannels } from "../../../kernels/copy_channels.ts";
import { stridedCall, stridedCopy } from "../../../kernels/strided_copy.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import { InputError } from "../../errors.ts";
import type { NodeDef } from "../graphdef.ts";
import { elementCount, type Shape, type Tensor } from "../ir.ts";
import {
  attribute,
  importError,
  knownInts,
  requireFloat,
  requireInputs,
  resolveAxis,
} from "./_attributes.ts";
import { reshapeTo } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import type { PadAttributes } from "./pad.ts";
import type { Backward, ImportContext, Imported, OpRule } from "./_rule.ts";
import { reshape } from "./reshape.ts";
import { type Part, resolveSlice, sliceMasks } from "./_strided.ts";
import { stridesOf } from "./transpose.ts";

/** Which part of an axis. */
export interface SliceAttributes {
  /** Counted from 0. */
  readonly axis: number;
  /** The first element. */
  readonly offset: number;
  /** How many. */
  readonly size: number;
  /** From one to the next; negative goes back [1]. */
  readonly step?: number;
}

export const rule: OpRule<"slice"> = {
  shape: ([x], { axis, size }) => [x.shape.with(axis, size)],
  evaluate([x], { axis, offset, size, step = 1 }, output) {
    const data = x.data instanceof Float32Array
      ? new Float32Array(elementCount(output))
      : new Int32Array(elementCount(output));
    const inner = elementCount(x.shape.slice(axis + 1));
    const rows = elementCount(x.shape.slice(0, axis));
    for (let row = 0; row < rows; row++) {
      for (let at = 0; at < size; at++) {
        const from = (row * x.shape[axis] + offset + at * step) * inner;
        const part = x.data.subarray(from, from + inner);
        data.set(part, (row * size + at) * inner);
      }
    }
    return data;
  },
  /** The rows before the axis; the axis and what is after it as channels. */
  lower(node, to) {
    const { axis, offset, size, step = 1 } = node.attributes;
    const shape = to.shape(node.inputs[0]);
    if (step !== 1) {
      const strides = stridesOf(shape);
      return dispatchNode(stridedCopy, node, {
        to,
        ...stridedCall({
          shape: shape.with(axis, size),
          strides: strides.with(axis, strides[axis] * step),
          offset: strides[axis] * offset,
        }),
      });
    }
    const rows = elementCount(shape.slice(0, axis));
    const inner = elementCount(shape.slice(axis + 1));
    const channels = size * inner;
    const xStride = shape[axis] * inner;
    const xOffset = offset * inner;
    return dispatchNode(copyChannels, node, {
      to,
      params: {
        rows,
        channels,
        xStride,
        xOffset,
        yStride: channels,
        yOffset: 0,
      },
      variant: { vector: vectorWidth(channels, xStride, xOffset) },
    });
  },
  gradient({ inputs: [x], attributes }, to) {
    return [
      to.wants(x) ? spread(to, to.shape(x), attributes) : undefined,
    ];
  },
};

/** The part's gradient where the part was, and zeros elsewhere. */
function spread(
  to: Backward,
  shape: Shape,
  { axis, offset, size, step = 1 }: SliceAttributes,
): string {
  if (step === 1 && shape.length <= 4) {
    const rest = shape[axis] - offset - size;
    const around = [offset, rest] as const;
    return padded(
      to,
      to.outputGradient,
      shape.map((_, at) => at === axis ? around : [0, 0]),
    );
  }
  const lead = elementCount(shape.slice(0, Math.min(axis, 1)));
  const middle = elementCount(shape.slice(1, axis));
  const inner = elementCount(shape.slice(axis + 1));
  const stride = Math.abs(step);
  const first = step < 0 ? offset + (size - 1) * step : offset;
  let part = reshapeTo(to, to.outputGradient, [lead, middle, size, inner]);
  if (step < 0) {
    const turn = { axis: 2, offset: size - 1, size, step: -1 };
    part = to.add({ op: "slice", inputs: [part], attributes: turn });
  }
  // Each place with those that are passed over before the next.
  const passed = [0, (stride - 1) * inner] as const;
  const blocks = padded(to, part, [[0, 0], [0, 0], [0, 0], passed]);
  const run = size * stride * inner;
  const rest = (shape[axis] - first) * inner - run;
  const line = reshapeTo(to, blocks, [lead, middle, 1, run]);
  const around = [first * inner, rest] as const;
  const whole = padded(to, line, [[0, 0], [0, 0], [0, 0], around]);
  return reshapeTo(to, whole, shape);
}

function padded(
  to: Backward,
  x: string,
  paddings: PadAttributes["paddings"],
): string {
  if (paddings.flat().every((width) => width === 0)) return x;
  const attributes = { paddings, value: 0 };
  return to.add({ op: "pad", inputs: [x], attributes });
}

export const importers = {
  StridedSlice: importStridedSlice,
  Slice: importSlice,
  Split: importSplit,
  SplitV: importSplitV,
  Unpack: importUnpack,
  Gather: importGather,
  GatherV2: importGather,
};

function importStridedSlice(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): Imported {
  requireInputs(node, inputs, 4);
  const [x, ...bounds] = inputs;
  requireFloat(node, x);
  const [begin, end, strides] = bounds.map((bound) => knownInts(node, bound));
  const { parts, shape } = resolveSlice(x.shape, {
    ...{ begin, end, strides },
    ...sliceMasks(node),
  });
  return taken(x, { parts, shape, add });
}

/** A node for each axis that is not taken as a whole, and the shape that is left. */
function taken(
  x: Tensor,
  { parts, shape, add }: {
    readonly parts: readonly Part[];
    readonly shape: Shape;
    readonly add: ImportContext["add"];
  },
): Imported {
  let of = x;
  for (const [axis, { offset, size, step, isWhole }] of parts.entries()) {
    if (isWhole) continue;
    if (size < 1) {
      throw new InputError(`nothing is left of axis ${axis} of "${x.name}"`);
    }
    const attributes = { axis, offset, size, ...step !== 1 && { step } };
    of = add({ kind: "node", op: "slice", inputs: [of], attributes });
  }
  if (of.shape.join() !== shape.join()) of = add(reshape(of, shape));
  return { kind: "alias", of };
}

function importSlice(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): Imported {
  requireInputs(node, inputs, 3);
  const [x, ...bounds] = inputs;
  requireFloat(node, x);
  const [begin, sizes] = bounds.map((bound) => knownInts(node, bound));
  const parts = x.shape.map((length, axis): Part => {
    const offset = begin[axis] ?? NaN;
    const size = sizes[axis] === -1 ? length - offset : sizes[axis];
    if (!(offset >= 0 && size >= 1 && offset + size <= length)) {
      throw importError(
        node,
        `it takes ${size} from ${offset} on of an axis of ${length}`,
      );
    }
    // The whole batch, however large it is, only where it is said so.
    const isWhole = offset === 0 && size === length &&
      (axis > 0 || sizes[axis] === -1);
    return { offset, size, step: 1, isWhole };
  });
  return taken(x, { parts, shape: parts.map(({ size }) => size), add });
}

function importSplit(
  node: NodeDef,
  inputs: readonly Tensor[],
  context: ImportContext,
): Imported {
  requireInputs(node, inputs, 2);
  const [dimension, x] = inputs;
  const count = attribute(node, "num_split", "int") ?? 1;
  if (!(count >= 1 && count <= mostParts)) {
    throw importError(
      node,
      `${count} parts, expected 1 to ${mostParts}`,
    );
  }
  const axis = axisOf(node, dimension, x);
  const size = x.shape[axis] / count;
  if (!Number.isInteger(size)) {
    throw importError(
      node,
      `axis ${axis} of ${x.shape[axis]} does not split into ${count}`,
    );
  }
  const sizes = Array<number>(count).fill(size);
  return split(node, x, { axis, sizes, context });
}

function importSplitV(
  node: NodeDef,
  inputs: readonly Tensor[],
  context: ImportContext,
): Imported {
  requireInputs(node, inputs, 3);
  const [x, lengths, dimension] = inputs;
  const axis = axisOf(node, dimension, x);
  const given = knownInts(node, lengths);
  const known = given.filter((size) => size >= 0)
    .reduce((sum, size) => sum + size, 0);
  const sizes = given.map((size) => size < 0 ? x.shape[axis] - known : size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== x.shape[axis] || sizes.some((size) => size < 1)) {
    throw importError(
      node,
      `axis ${axis} of ${x.shape[axis]} does not split into [${
        given.join(", ")
      }]`,
    );
  }
  return split(node, x, { axis, sizes, context });
}

function axisOf(node: NodeDef, dimension: Tensor, x: Tensor): number {
  requireFloat(node, x);
  return resolveAxis(node, knownInts(node, dimension)[0], x.shape.length);
}

/** More than any network has. */
const mostParts = 1024;

function split(
  node: NodeDef,
  x: Tensor,
  { axis, sizes, context: { add } }: {
    readonly axis: number;
    readonly sizes: readonly number[];
    readonly context: ImportContext;
  },
): Imported {
  if (sizes.length > mostParts || sizes.length < 1) {
    throw importError(
      node,
      `${sizes.length} parts, expected 1 to ${mostParts}`,
    );
  }
  let offset = 0;
  const of = sizes.map((size) => {
    const attributes = { axis, offset, size };
    offset += size;
    return add({ kind: "node", op: "slice", inputs: [x], attributes });
  });
  return { kind: "several", of };
}

function importUnpack(
  node: NodeDef,
  inputs: readonly Tensor[],
  context: ImportContext,
): Imported {
  requireInputs(node, inputs, 1);
  const [x] = inputs;
  requireFloat(node, x);
  const given = attribute(node, "axis", "int") ?? 0;
  const axis = resolveAxis(node, given, x.shape.length);
  const sizes = Array<number>(x.shape[axis]).fill(1);
  const parts = split(node, x, { axis, sizes, context });
  if (parts.kind !== "several") return parts;
  const shape = x.shape.toSpliced(axis, 1);
  return {
    kind: "several",
    of: parts.of.map((part) => context.add(reshape(part, shape))),
  };
}

/** Of places that are known: each run of neighbours is a part, and parts are joined. */
function importGather(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): Imported {
  requireInputs(node, inputs, 2, 3);
  const [x, indices, dimension] = inputs;
  requireFloat(node, x);
  const axis = dimension ? axisOf(node, dimension, x) : 0;
  if (attribute(node, "batch_dims", "int")) {
    throw importError(node, "batch_dims other than 0 are not supported");
  }
  const length = x.shape[axis];
  const places = knownInts(node, indices);
  const wrong = places.find((place) => place < 0 || place >= length);
  if (wrong !== undefined || places.length === 0) {
    throw importError(
      node,
      `place ${wrong ?? "(none)"} is outside of an axis of ${length}`,
    );
  }
  const runs: { offset: number; size: number }[] = [];
  for (const place of places) {
    const run = runs.at(-1);
    if (run && run.offset + run.size === place) run.size++;
    else runs.push({ offset: place, size: 1 });
  }
  const parts = runs.map((run) =>
    add({
      kind: "node",
      op: "slice",
      inputs: [x],
      attributes: { axis, ...run },
    })
  );
  const joined = parts.length === 1
    ? parts[0]
    : add({ kind: "node", op: "concat", inputs: parts, attributes: { axis } });
  return reshape(joined, x.shape.toSpliced(axis, 1, ...indices.shape));
}
