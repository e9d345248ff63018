/**
 * What TensorFlow's ops that move, join and count elements make of values that are
 * known.
 *
 * @module
 */
import { reduceFunction } from "../../../kernels/reduce.ts";
import { InputError } from "../../errors.ts";
import type { NodeDef } from "../graphdef.ts";
import { elementCount, type Shape } from "../ir.ts";
import { attribute, intsAttribute } from "../ops/_attributes.ts";
import { resolveSlice, sliceMasks } from "../ops/_strided.ts";
import { stridesOf } from "../ops/transpose.ts";
import { type Evaluator, typeAttributeOf } from "./arithmetic.ts";
import {
  axisIn,
  checkCount,
  filled,
  ints,
  type Known,
  known,
  largestKnown,
  multiply,
  repeatedIndex,
  rounder,
  wholes,
} from "./value.ts";

/** Evaluators by TensorFlow's op. */
export const shapeOps: Readonly<Record<string, Evaluator>> = {
  StridedSlice: (node, [x, ...bounds]) => {
    const [begin, end, strides] = bounds.map(wholes);
    const masks = sliceMasks(node);
    const { parts, shape } = resolveSlice(x.shape, {
      ...{ begin, end, strides },
      ...masks,
    });
    return [{ ...taken(x, parts), shape }];
  },
  Slice: (_node, [x, begins, sizes]) => {
    const lengths = wholes(sizes);
    const parts = wholes(begins).map((offset, axis) => ({
      offset,
      size: lengths[axis] < 0 ? x.shape[axis] - offset : lengths[axis],
      step: 1,
    }));
    const fits = parts.length === x.shape.length &&
      parts.every(({ offset, size }, axis) =>
        offset >= 0 && size >= 0 && offset + size <= x.shape[axis]
      );
    if (!fits) throw new InputError("it takes what is outside of its input");
    return [taken(x, parts)];
  },
  Pack: (node, inputs) => {
    const rank = inputs[0].shape.length + 1;
    const axis = axisIn(attribute(node, "axis", "int") ?? 0, rank);
    const parts = inputs.map((x) =>
      withShape(x, x.shape.toSpliced(axis, 0, 1))
    );
    return [joined(parts, axis)];
  },
  Unpack: (node, [x]) => {
    const rank = x.shape.length;
    const axis = axisIn(attribute(node, "axis", "int") ?? 0, rank);
    const sizes = Array<number>(x.shape[axis]).fill(1);
    return split(x, axis, sizes)
      .map((part) => withShape(part, x.shape.toSpliced(axis, 1)));
  },
  Split: (node, [dimension, x]) => {
    const count = attribute(node, "num_split", "int") ?? 1;
    if (!(count >= 1 && count <= largestKnown)) {
      throw new InputError(`num_split ${count}, expected 1 and more`);
    }
    const axis = axisIn(wholes(dimension)[0], x.shape.length);
    return split(x, axis, Array<number>(count).fill(x.shape[axis] / count));
  },
  SplitV: (_node, [x, lengths, dimension]) => {
    const axis = axisIn(wholes(dimension)[0], x.shape.length);
    const given = wholes(lengths);
    const rest = x.shape[axis] -
      given.filter((size) => size > 0).reduce((sum, size) => sum + size, 0);
    return split(x, axis, given.map((size) => size < 0 ? rest : size));
  },
  Concat: (_node, [dimension, ...parts]) => [
    joined(parts, axisIn(wholes(dimension)[0], parts[0].shape.length)),
  ],
  ConcatV2: (_node, inputs) => {
    const [axis] = wholes(inputs[inputs.length - 1]);
    return [joined(inputs.slice(0, -1), axisIn(axis, inputs[0].shape.length))];
  },
  Reshape: (_node, [x, target]) => {
    const wanted = wholes(target);
    const rest = elementCount(wanted.filter((size) => size !== -1));
    return [
      withShape(
        x,
        wanted.map((size) => size === -1 ? x.data.length / rest : size),
      ),
    ];
  },
  ExpandDims: (_node, [x, dimension]) => {
    const axis = axisIn(wholes(dimension)[0], x.shape.length + 1);
    return [withShape(x, x.shape.toSpliced(axis, 0, 1))];
  },
  Squeeze: (node, [x]) => {
    const axes = intsAttribute(node, "squeeze_dims", [])
      .map((axis) => axisIn(axis, x.shape.length));
    const shape = x.shape.filter((size, axis) =>
      axes.length > 0 ? !axes.includes(axis) : size !== 1
    );
    return [withShape(x, shape)];
  },
  Transpose: (_node, [x, order]) => {
    const axes = wholes(order).map((axis) => axisIn(axis, x.shape.length));
    const strides = stridesOf(x.shape);
    const { size } = new Set(axes);
    if (axes.length !== x.shape.length || size !== axes.length) {
      throw new InputError(
        `the order [${axes.join(", ")}] of its axes, expected each once`,
      );
    }
    return [gathered(
      x,
      axes.map((axis) => x.shape[axis]),
      { steps: axes.map((axis) => strides[axis]) },
    )];
  },
  Tile: (_node, [x, times]) => [tiled(x, wholes(times))],
  Fill: (_node, [shape, value]) => [
    filled(value.type, wholes(shape), () => value.data[0]),
  ],
  BroadcastTo: (_node, [x, target]) => {
    const shape = wholes(target);
    const at = repeatedIndex(x.shape, shape);
    return [filled(x.type, shape, (index) => x.data[at(index)])];
  },
  Range: (_node, [start, limit, delta]) => [
    range(start, limit.data[0], delta.data[0]),
  ],
  Gather: (node, inputs) => [gather(node, inputs)],
  GatherV2: (node, inputs) => [gather(node, inputs)],
  OneHot: (node, [places, depth, on, off]) => {
    const rank = places.shape.length + 1;
    const axis = axisIn(attribute(node, "axis", "int") ?? -1, rank);
    const shape = places.shape.toSpliced(axis, 0, wholes(depth)[0]);
    const inner = elementCount(shape.slice(axis + 1));
    return [filled(on.type, shape, (index) => {
      const at = Math.floor(index / inner);
      const row = Math.floor(at / shape[axis]) * inner + index % inner;
      return places.data[row] === at % shape[axis] ? on.data[0] : off.data[0];
    })];
  },
  Where: (_node, [condition]) => [places(condition)],
  ReverseV2: (_node, [x, dimensions]) => {
    const axes = wholes(dimensions).map((axis) => axisIn(axis, x.shape.length));
    const parts = x.shape.map((size, axis) =>
      axes.includes(axis)
        ? { offset: size - 1, size, step: -1 }
        : { offset: 0, size, step: 1 }
    );
    return [taken(x, parts)];
  },
  Sum: (node, inputs) => [reduced(node, inputs, total)],
  Prod: (node, inputs) => [reduced(node, inputs, product)],
  Max: (node, inputs) => [reduced(node, inputs, () => reduceFunction("max"))],
  Min: (node, inputs) => [reduced(node, inputs, () => reduceFunction("min"))],
  All: (node, inputs) => [reduced(node, inputs, () => reduceFunction("min"))],
  Any: (node, inputs) => [reduced(node, inputs, () => reduceFunction("max"))],
  Mean: (node, inputs) => [
    reduced(
      node,
      inputs,
      (type) => (values) => rounder(type)(total(type)(values) / values.length),
    ),
  ],
  ArgMax: (node, inputs) => [placed(node, inputs, "argmax")],
  ArgMin: (node, inputs) => [placed(node, inputs, "argmin")],
};

type Combine = (type: Known["type"]) => (values: readonly number[]) => number;

const total: Combine = (type) => (values) =>
  rounder(type)(values.reduce((sum, value) => sum + value, 0));

const product: Combine = (type) => (values) =>
  values.reduce((made, value) => multiply(type, made, value), 1);

function withShape(x: Known, shape: Shape): Known {
  const fits = shape.every((size) => Number.isInteger(size) && size >= 0) &&
    elementCount(shape) === x.data.length;
  if (fits) return { ...x, shape };
  throw new InputError(
    `its input of shape [${x.shape.join(", ")}] cannot become [${
      shape.join(", ")
    }]`,
  );
}

/** The elements of `x` at a step along each axis of a shape. */
function gathered(
  { type, data }: Known,
  shape: Shape,
  { steps, offset = 0 }: {
    readonly steps: readonly number[];
    readonly offset?: number;
  },
): Known {
  return filled(type, shape, (index) => {
    let at = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (index % shape[axis]) * steps[axis];
      index = Math.floor(index / shape[axis]);
    }
    return data[at];
  });
}

function taken(
  x: Known,
  parts: readonly {
    readonly offset: number;
    readonly size: number;
    readonly step: number;
  }[],
): Known {
  const strides = stridesOf(x.shape);
  return gathered(x, parts.map(({ size }) => size), {
    steps: parts.map(({ step }, axis) => step * strides[axis]),
    offset: parts.reduce(
      (sum, { offset }, axis) => sum + offset * strides[axis],
      0,
    ),
  });
}

function split(x: Known, axis: number, sizes: readonly number[]): Known[] {
  const sum = sizes.reduce((all, size) => all + size, 0);
  if (sum !== x.shape[axis] || !sizes.every(Number.isInteger)) {
    throw new InputError(
      `axis ${axis} of ${x.shape[axis]} does not split into [${
        sizes.join(", ")
      }]`,
    );
  }
  let offset = 0;
  return sizes.map((size) => {
    const parts = x.shape.map((length, at) =>
      at === axis
        ? { offset, size, step: 1 }
        : { offset: 0, size: length, step: 1 }
    );
    offset += size;
    return taken(x, parts);
  });
}

function joined(parts: readonly Known[], axis: number): Known {
  const [first] = parts;
  const fits = parts.every(({ shape }) =>
    shape.length === first.shape.length &&
    shape.every((size, at) => at === axis || size === first.shape[at])
  );
  if (!fits) {
    throw new InputError(
      `shapes ${
        parts.map(({ shape }) => `[${shape.join(", ")}]`).join(" and ")
      } do not join along axis ${axis}`,
    );
  }
  const outer = elementCount(first.shape.slice(0, axis));
  const data: number[] = [];
  const length = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
  const shape = first.shape.with(axis, length);
  checkCount(shape);
  for (let row = 0; row < outer; row++) {
    for (const part of parts) {
      const size = part.data.length / outer;
      for (let at = 0; at < size; at++) data.push(part.data[row * size + at]);
    }
  }
  return known(first.type, shape, data);
}

function tiled(x: Known, times: readonly number[]): Known {
  if (times.length !== x.shape.length) {
    throw new InputError(
      `it is repeated along ${times.length} axes, and its input has ${x.shape.length}`,
    );
  }
  const shape = x.shape.map((size, axis) => size * times[axis]);
  const strides = stridesOf(x.shape);
  return filled(x.type, shape, (index) => {
    let at = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (index % shape[axis] % x.shape[axis]) * strides[axis];
      index = Math.floor(index / shape[axis]);
    }
    return x.data[at];
  });
}

function range({ type, data }: Known, limit: number, delta: number): Known {
  const start = data[0];
  const count = delta === 0 ? NaN : Math.ceil((limit - start) / delta);
  if (!Number.isFinite(count)) throw new InputError("its steps are 0");
  const round = rounder(type);
  return filled(
    type,
    [Math.max(0, count)],
    (index) => round(start + index * delta),
  );
}

function gather(
  node: NodeDef,
  [x, indices, dimension]: readonly Known[],
): Known {
  if (attribute(node, "batch_dims", "int")) {
    throw new InputError("batch_dims other than 0 are not supported");
  }
  const [given = 0] = dimension ? wholes(dimension) : [];
  const axis = axisIn(given, x.shape.length);
  const wanted = wholes(indices);
  const wrong = wanted.find((place) => place < 0 || place >= x.shape[axis]);
  if (wrong !== undefined) {
    throw new InputError(
      `place ${wrong} is outside of an axis of ${x.shape[axis]}`,
    );
  }
  const inner = elementCount(x.shape.slice(axis + 1));
  const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
  return filled(x.type, shape, (index) => {
    const row = Math.floor(index / inner);
    const outer = Math.floor(row / wanted.length);
    const place = wanted[row % wanted.length];
    return x.data[(outer * x.shape[axis] + place) * inner + index % inner];
  });
}

/** Where a condition is true, as rows of places. */
function places({ shape, data }: Known): Known {
  const strides = stridesOf(shape);
  const rows: number[] = [];
  for (let index = 0; index < data.length; index++) {
    if (!data[index]) continue;
    for (const [axis, stride] of strides.entries()) {
      rows.push(Math.floor(index / stride) % shape[axis]);
    }
  }
  const rank = shape.length;
  return known("int64", [rank === 0 ? 0 : rows.length / rank, rank], rows);
}

function reduced(
  node: NodeDef,
  [x, dimensions]: readonly Known[],
  combine: Combine,
): Known {
  const rank = x.shape.length;
  const axes = new Set(wholes(dimensions).map((axis) => axisIn(axis, rank)));
  const strides = stridesOf(x.shape);
  const kept = x.shape.map((size, axis) => axes.has(axis) ? 1 : size);
  const inner = x.shape.map((size, axis) => axes.has(axis) ? size : 1);
  const compute = combine(x.type);
  const made = filled(x.type, kept, (index) => {
    const start = offsetOf(index, kept, strides);
    const values = Array.from(
      { length: elementCount(inner) },
      (_, at) => x.data[start + offsetOf(at, inner, strides)],
    );
    return compute(values);
  });
  const keepsAxes = attribute(node, "keep_dims", "bool") ?? false;
  if (keepsAxes) return made;
  return { ...made, shape: kept.filter((_, axis) => !axes.has(axis)) };
}

function offsetOf(index: number, shape: Shape, strides: readonly number[]) {
  let at = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at += (index % shape[axis]) * strides[axis];
    index = Math.floor(index / shape[axis]);
  }
  return at;
}

function placed(
  node: NodeDef,
  [x, dimension]: readonly Known[],
  name: "argmax" | "argmin",
): Known {
  const axes = dimension ?? ints([], [0]);
  const compute = reduceFunction(name);
  const made = reduced(node, [x, axes], () => compute);
  return { ...made, type: typeAttributeOf(node, "output_type", "int64") };
}
