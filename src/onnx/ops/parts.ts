/** Parts of tensors, and tensors that are joined or have a border. */
import { InputError } from "../../errors.ts";
import { elementCount, type Shape, type Tensor } from "../../graph/ir.ts";
import { known } from "../../graph/known/mod.ts";
import { attribute, textAttribute } from "../attributes.ts";
import type { OnnxBuilder } from "../builder.ts";
import type { Import, OnnxOp, Versioned } from "../op.ts";
import { like, shapeOf, type Value } from "../value.ts";
import { commonAxes } from "./_broadcast.ts";
import {
  axesOf,
  axisOf,
  evaluate,
  evaluateOne,
  list,
  needed,
  single,
  wholeNumbers,
} from "./_known.ts";

const concat: OnnxOp = {
  inputs: [1, Infinity],
  takes: "anyAxes",
  evaluate(node, inputs) {
    const parts = inputs.map((_, at) => needed(inputs, at));
    const axis = single(attribute(node, "axis", "int") ?? 1);
    return [evaluateOne("ConcatV2", [...parts, axis])];
  },
  import(node, inputs, to) {
    const all = inputs.map((_, at) => needed(inputs, at));
    const rank = all[0].axes.length;
    const axis = axisOf(attribute(node, "axis", "int") ?? 1, rank);
    // What is empty along that axis adds nothing.
    const full = all.filter((part) => shapeOf(part)[axis] !== 0);
    const parts = full.length > 0 ? full : all.slice(0, 1);
    const axes = commonAxes(parts, rank);
    if (parts.length === 1) return parts[0];
    const kept = parts.map((part) => to.relaid(part, axes));
    const tensor = to.add({
      kind: "node",
      op: "concat",
      inputs: kept.map(({ tensor }) => tensor),
      attributes: { axis: axes.indexOf(axis) },
    });
    return like(kept[0], tensor);
  },
};

/** What of an axis is taken. */
interface Part {
  /** ONNX's axis. */
  readonly axis: number;
  readonly offset: number;
  readonly size: number;
  readonly step: number;
}

function taken(
  value: Value,
  parts: readonly Part[],
  to: OnnxBuilder,
): Value {
  const shape = shapeOf(value);
  const sizes = shape.map((size, axis) =>
    parts.find((part) => part.axis === axis)?.size ?? size
  );
  if (sizes.includes(0)) return to.own(to.floats(sizes, []), value.type);
  const tensor = parts.reduce<Tensor>((x, { axis, offset, size, step }) => {
    if (offset === 0 && step === 1 && size === shape[axis]) return x;
    const at = value.axes.indexOf(axis);
    const attributes = { axis: at, offset, size, ...step !== 1 && { step } };
    return to.add({ kind: "node", op: "slice", inputs: [x], attributes });
  }, value.tensor);
  return like(value, tensor);
}

/** Where each part begins and ends; these were attributes up to opset 9. */
function boundsOf(
  node: Versioned,
  shape: Shape,
  [starts, ends, axes, steps]: readonly (readonly number[] | undefined)[],
): Part[] {
  const begins = attribute(node, "starts", "ints") ?? starts ?? [];
  const stops = attribute(node, "ends", "ints") ?? ends ?? [];
  const named = attribute(node, "axes", "ints") ?? axes ?? [...begins.keys()];
  const along = axesOf(named, shape.length);
  const strides = steps ?? begins.map(() => 1);
  const { length } = begins;
  if ([stops, along, strides].some((list) => list.length !== length)) {
    throw new InputError(
      `${length} starts, ${stops.length} ends, ${along.length} axes and ${strides.length} steps`,
    );
  }
  return along.map((axis, at) => {
    const [size, step] = [shape[axis], strides[at]];
    if (step === 0) throw new InputError("a step of 0");
    const [least, most] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (place: number) =>
      Math.min(Math.max(place < 0 ? place + size : place, least), most);
    const offset = clamp(begins[at]);
    const count = Math.ceil((clamp(stops[at]) - offset) / step);
    return { axis, offset, size: Math.max(0, count), step };
  });
}

const slice: OnnxOp = {
  inputs: [1, 5],
  takes: "anyAxes",
  evaluate(node, [x, ...given]) {
    if (!x) return [];
    const lists = given.map((one) => one && Array.from(one.data));
    const parts = boundsOf(node, x.shape, lists);
    const begins = x.shape.map(() => 0);
    const [ends, steps] = [[...x.shape], x.shape.map(() => 1)];
    for (const { axis, offset, size, step } of parts) {
      begins[axis] = offset;
      ends[axis] = offset + size * step;
      steps[axis] = step;
    }
    // An end before the first element is no number that counts from the last.
    const endMask = parts.reduce(
      (mask, { axis }) => ends[axis] < 0 ? mask | 1 << axis : mask,
      0,
    );
    return [
      evaluateOne("StridedSlice", [x, list(begins), list(ends), list(steps)], {
        end_mask: { kind: "int", value: endMask },
      }),
    ];
  },
  import(node, inputs, to) {
    const x = needed(inputs, 0);
    const lists = inputs.slice(1).map((one) =>
      one && wholeNumbers(one, "bounds")
    );
    return taken(x, boundsOf(node, shapeOf(x), lists), to);
  },
};

/** Sizes of the parts; an attribute up to opset 12, and as many as outputs where nothing is said. */
function splitSizes(
  node: Versioned,
  size: number,
  given: readonly number[] | undefined,
): readonly number[] {
  const named = attribute(node, "split", "ints") ?? given;
  const count = attribute(node, "num_outputs", "int") ?? node.outputs.length;
  if (!(count >= 1 && count <= mostParts)) {
    throw new InputError(`${count} parts, expected 1 to ${mostParts}`);
  }
  const each = Math.ceil(size / count);
  const sizes = named ??
    Array.from(
      { length: count },
      (_, at) => at < count - 1 ? each : size - each * (count - 1),
    );
  const sum = sizes.reduce((all, part) => all + part, 0);
  if (sum === size && sizes.every((part) => part >= 0)) return sizes;
  throw new InputError(
    `an axis of ${size} does not split into [${sizes.join(", ")}]`,
  );
}

const split: OnnxOp = {
  inputs: [1, 2],
  takes: "anyAxes",
  evaluate(node, [x, given]) {
    if (!x) return [];
    const axis = axisOf(attribute(node, "axis", "int") ?? 0, x.shape.length);
    const sizes = splitSizes(
      node,
      x.shape[axis],
      given && Array.from(given.data),
    );
    return evaluate("SplitV", [x, list(sizes), single(axis)]);
  },
  import(node, inputs, to) {
    const x = needed(inputs, 0);
    const axis = axisOf(attribute(node, "axis", "int") ?? 0, x.axes.length);
    const given = inputs[1] && wholeNumbers(inputs[1], "sizes");
    const sizes = splitSizes(node, shapeOf(x)[axis], given);
    let offset = 0;
    return sizes.map((size) => {
      const part = { axis, offset, size, step: 1 };
      offset += size;
      return taken(x, [part], to);
    });
  },
};

/** Places along an axis; those of a tensor have to be known. */
const gather: OnnxOp = {
  inputs: [2],
  takes: "anyAxes",
  evaluate(node, inputs) {
    const [x, places] = [needed(inputs, 0), needed(inputs, 1)];
    const axis = axisOf(attribute(node, "axis", "int") ?? 0, x.shape.length);
    const data = Array.from(
      places.data,
      (place) => place < 0 ? place + x.shape[axis] : place,
    );
    const indices = known("int64", places.shape, data);
    return [evaluateOne("GatherV2", [x, indices, single(axis)])];
  },
  import(node, inputs, to) {
    const x = needed(inputs, 0);
    const indices = needed(inputs, 1);
    const shape = shapeOf(x);
    const axis = axisOf(attribute(node, "axis", "int") ?? 0, shape.length);
    const places = wholeNumbers(indices, "places").map((place) =>
      place < 0 ? place + shape[axis] : place
    );
    if (x.tensor.constant) {
      const sizes = shape.toSpliced(axis, 1, ...shapeOf(indices));
      return to.own(
        gathered(to.settled(x).tensor, { axis, places, sizes, to }),
      );
    }
    const runs = runsOf(places, shape[axis]);
    const parts = runs.map((run) => taken(x, [{ axis, ...run }], to));
    const at = x.axes.indexOf(axis);
    const joined = parts.length === 1 ? parts[0].tensor : to.add({
      kind: "node",
      op: "concat",
      inputs: parts.map(({ tensor }) => tensor),
      attributes: { axis: at },
    });
    const whole = like(x, joined);
    const inner = shapeOf(indices);
    if (inner.length === 1) return whole;
    return to.reshape(whole, shape.toSpliced(axis, 1, ...inner));
  },
};

/** Places of a constant, such as the offsets of attention. */
function gathered(
  { shape, constant }: Tensor,
  { axis, places, sizes, to }: {
    readonly axis: number;
    readonly places: readonly number[];
    /** Of the result. */
    readonly sizes: Shape;
    readonly to: OnnxBuilder;
  },
): Tensor {
  checkPlaces(places, shape[axis]);
  const inner = elementCount(shape.slice(axis + 1));
  const block = places.length * inner;
  return to.floats(sizes, () => {
    const data = constant?.read() ?? [];
    return Float32Array.from({ length: elementCount(sizes) }, (_, at) => {
      const row = Math.floor(at / block) * shape[axis];
      const place = places[Math.floor(at % block / inner)];
      return data[(row + place) * inner + at % inner];
    });
  });
}

function checkPlaces(places: readonly number[], size: number): void {
  const wrong = places.find((place) => !(place >= 0 && place < size));
  if (wrong === undefined) return;
  throw new InputError(`place ${wrong} is outside of an axis of ${size}`);
}

/** Parts that an axis may be taken apart into. */
const mostParts = 256;

/** Places as runs of neighbours at one distance. */
function runsOf(
  places: readonly number[],
  size: number,
): { offset: number; size: number; step: number }[] {
  checkPlaces(places, size);
  const runs: { offset: number; size: number; step: number }[] = [];
  for (const place of places) {
    const run = runs.at(-1);
    if (run?.size === 1 && place !== run.offset) {
      Object.assign(run, { size: 2, step: place - run.offset });
    } else if (run && place === run.offset + run.size * run.step) run.size++;
    else runs.push({ offset: place, size: 1, step: 1 });
  }
  if (runs.length >= 1 && runs.length <= mostParts) return runs;
  throw new InputError(`it gathers ${runs.length} parts`);
}

/** Widths before and after, by axis; an attribute up to opset 10. */
function widthsOf(
  node: Versioned,
  rank: number,
  { given, axes }: {
    readonly given: readonly number[] | undefined;
    readonly axes: readonly number[] | undefined;
  },
): (readonly [before: number, after: number])[] {
  const pads = attribute(node, "pads", "ints") ?? given ?? [];
  const along = axes ? axesOf(axes, rank) : [...Array(rank).keys()];
  const isSound = pads.length === 2 * along.length &&
    pads.every((width) => Math.abs(width) < 65536);
  if (!isSound) {
    throw new InputError(
      `pads [${pads.join(", ")}] of ${along.length} axes`,
    );
  }
  return Array.from({ length: rank }, (_, axis) => {
    const at = along.indexOf(axis);
    return at < 0 ? [0, 0] : [pads[at], pads[at + along.length]];
  });
}

const importPad: Import = (node, inputs, to) => {
  const x = needed(inputs, 0);
  const rank = x.axes.length;
  const [, given, number, axes] = inputs;
  const widths = widthsOf(node, rank, {
    given: given && wholeNumbers(given, "pads"),
    axes: axes && wholeNumbers(axes, "axes"),
  });
  const mode = textAttribute(node, "mode", "constant");
  const kept = x.axes.map((axis) => widths[axis]);
  if (mode === "constant") {
    const value = number
      ? number.tensor.constant?.read()[0]
      : attribute(node, "value", "float") ?? 0;
    if (value === undefined) {
      throw new InputError("its value must be known before the graph runs");
    }
    if (kept.flat().every((width) => width === 0)) return x;
    const attributes = { paddings: kept, value };
    return like(
      x,
      to.add({ kind: "node", op: "pad", inputs: [x.tensor], attributes }),
    );
  }
  const tensor = kept.reduce(
    (of, [before, after], axis) =>
      bordered(of, { axis, before, after, mode, to }),
    x.tensor,
  );
  return like(x, tensor);
};

/** A tensor with parts of its own around one axis. */
function bordered(
  x: Tensor,
  { axis, before, after, mode, to }: {
    readonly axis: number;
    readonly before: number;
    readonly after: number;
    readonly mode: string;
    readonly to: OnnxBuilder;
  },
): Tensor {
  const size = x.shape[axis];
  const places = placesAround(size, { before, after, mode });
  const isWhole = before === 0 && after === 0;
  if (isWhole) return x;
  const parts = runsOf(places, size).map(({ offset, size: count, step }) => {
    if (offset === 0 && count === size && step === 1) return x;
    const attributes = {
      ...{ axis, offset, size: count },
      ...step !== 1 && { step },
    };
    return to.add({ kind: "node", op: "slice", inputs: [x], attributes });
  });
  if (parts.length === 1) return parts[0];
  const attributes = { axis };
  return to.add({ kind: "node", op: "concat", inputs: parts, attributes });
}

/** Which element of an axis is at each place of the wider one. */
function placesAround(
  size: number,
  { before, after, mode }: {
    readonly before: number;
    readonly after: number;
    readonly mode: string;
  },
): number[] {
  const count = size + before + after;
  return Array.from({ length: Math.max(count, 0) }, (_, at) => {
    const place = at - before;
    switch (mode) {
      case "edge":
        return Math.min(Math.max(place, 0), size - 1);
      case "reflect": {
        const period = Math.max(2 * (size - 1), 1);
        const within = ((place % period) + period) % period;
        return within < size ? within : period - within;
      }
      case "wrap":
        return ((place % size) + size) % size;
      default:
        throw new InputError(
          `mode "${mode}", expected constant, edge, reflect or wrap`,
        );
    }
  });
}

export const ops: Readonly<Record<string, OnnxOp>> = {
  Concat: concat,
  Slice: slice,
  Split: split,
  Gather: gather,
  Pad: { inputs: [1, 4], takes: "anyAxes", import: importPad },
};
