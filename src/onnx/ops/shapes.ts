/** Tensors in other shapes and orders of axes, and shapes themselves. */
import { InputError } from "../../errors.ts";
import { elementCount, type Shape } from "../../graph/ir.ts";
import { type Known, known, readKnown } from "../../graph/known/mod.ts";
import { attribute, flag } from "../attributes.ts";
import type { OnnxBuilder } from "../builder.ts";
import type { OnnxTensor } from "../model.ts";
import type { Import, OnnxOp, Versioned } from "../op.ts";
import { knownTypeOf, tensorDefOf } from "../tensor.ts";
import { like, shapeOf, type Value } from "../value.ts";
import { repeatedShape } from "./_broadcast.ts";
import {
  axesOf,
  axisOf,
  evaluateOne,
  list,
  mostAxes,
  needed,
  wholeNumbers,
} from "./_known.ts";

/** An op that gives a tensor another shape, told by its own and by whole numbers. */
function reshaping(
  inputs: OnnxOp["inputs"],
  target: (
    node: Versioned,
    shape: Shape,
    /** Of the second input, where it is there. */
    given: readonly number[] | undefined,
  ) => Shape,
): OnnxOp {
  return {
    inputs,
    takes: "anyAxes",
    evaluate(node, [x, given]) {
      if (!x) return [];
      const numbers = given && Array.from(given.data);
      const shape = target(node, x.shape, numbers);
      return [evaluateOne("Reshape", [x, list(shape)])];
    },
    import(node, inputs, to) {
      const x = needed(inputs, 0);
      const given = inputs[1] && wholeNumbers(inputs[1], "second input");
      return to.reshape(x, target(node, shapeOf(x), given));
    },
  };
}

const reshape = reshaping([1, 2], (node, shape, given) => {
  const wanted = attribute(node, "shape", "ints") ?? given;
  if (!wanted) throw new InputError("it says no shape");
  if (wanted.length > mostAxes) {
    throw new InputError(`a shape of ${wanted.length} axes`);
  }
  const keepsZero = flag(node, "allowzero");
  const sizes = wanted.map((size, axis) =>
    size === 0 && !keepsZero ? shape[axis] ?? NaN : size
  );
  const rest = elementCount(sizes.filter((size) => size !== -1));
  const count = elementCount(shape);
  const found = sizes.map((size) => size === -1 ? count / rest : size);
  const isSound = found.every((size) => Number.isInteger(size) && size >= 0) &&
    sizes.filter((size) => size === -1).length <= 1 &&
    elementCount(found) === count;
  if (isSound) return found;
  throw new InputError(
    `its input of shape [${shape.join(", ")}] cannot become [${
      wanted.join(", ")
    }]`,
  );
});

/** The axes before one as rows, and the others as columns. */
function flattened(shape: Shape, given: number): Shape {
  const rank = shape.length;
  const axis = given === rank ? rank : axisOf(given, Math.max(rank, 1));
  return [
    elementCount(shape.slice(0, axis)),
    elementCount(shape.slice(axis)),
  ];
}

/** Images become rows without being moved: weights that meet them are, as a constant. */
const flatten: OnnxOp = {
  inputs: [1],
  takes: "anyAxes",
  evaluate: (node, inputs) => {
    const x = needed(inputs, 0);
    const shape = flattened(x.shape, attribute(node, "axis", "int") ?? 1);
    return [evaluateOne("Reshape", [x, list(shape)])];
  },
  import(node, inputs, to) {
    const x = needed(inputs, 0);
    const shape = flattened(shapeOf(x), attribute(node, "axis", "int") ?? 1);
    return rowsOf(x, shape, to) ?? to.reshape(x, shape);
  },
};

/** A value whose axes but the first become one, kept in the order they are in. */
function rowsOf(
  value: Value,
  shape: Shape,
  to: OnnxBuilder,
): Value | undefined {
  const from = shapeOf(value);
  const [rows, columns] = shape;
  const isRows = shape.length === 2 && rows === from[0] &&
    value.axes[0] === 0 && from.length > 2 && !value.parts &&
    columns === elementCount(from.slice(1));
  if (!isRows) return undefined;
  const order = value.axes.slice(1).map((axis) => axis - 1);
  const parts = { shape: from.slice(1), order };
  const isPlain = order.filter((axis) => parts.shape[axis] !== 1)
    .every((axis, at, all) => at === 0 || all[at - 1] < axis);
  return {
    tensor: to.reshaped(value.tensor, shape),
    axes: [0, 1],
    type: value.type,
    ...!isPlain && { parts },
  };
}

const squeeze = reshaping([1, 2], (node, shape, given) => {
  const named = attribute(node, "axes", "ints") ?? given;
  const axes = named && axesOf(named, shape.length);
  const wrong = axes?.find((axis) => shape[axis] !== 1);
  if (wrong !== undefined) {
    throw new InputError(
      `axis ${wrong} of the shape [${shape.join(", ")}] has not size 1`,
    );
  }
  return shape.filter((size, axis) => axes ? !axes.includes(axis) : size !== 1);
});

const unsqueeze = reshaping([1, 2], (node, shape, given) => {
  const named = attribute(node, "axes", "ints") ?? given ?? [];
  const axes = axesOf(named, shape.length + named.length);
  return axes.sort((a, b) => a - b)
    .reduce<Shape>((sizes, axis) => sizes.toSpliced(axis, 0, 1), shape);
});

function orderOf(node: Versioned, rank: number): number[] {
  const backwards = [...Array(rank).keys()].reverse();
  const given = attribute(node, "perm", "ints") ?? backwards;
  const order = axesOf(given, rank);
  if (order.length === rank) return order;
  throw new InputError(
    `the order [${given.join(", ")}] of its axes, expected each of ${rank}`,
  );
}

/** Nothing moves: what was axis `order[i]` is called `i`. */
const transpose: OnnxOp = {
  inputs: [1],
  takes: "anyAxes",
  evaluate(node, inputs) {
    const x = needed(inputs, 0);
    const order = orderOf(node, x.shape.length);
    return [evaluateOne("Transpose", [x, list(order)])];
  },
  import(node, inputs) {
    const { tensor, axes, type } = needed(inputs, 0);
    const order = orderOf(node, axes.length);
    return { tensor, axes: axes.map((axis) => order.indexOf(axis)), type };
  },
};

const pass: OnnxOp = {
  inputs: [1],
  takes: "anyOrder",
  import: (_node, inputs) => needed(inputs, 0),
};

/** As in inference: all pass. */
const dropout: OnnxOp = {
  inputs: [1, 3],
  takes: "anyOrder",
  import(node, inputs) {
    if (node.outputs[1]) {
      throw new InputError("its second output, the mask, is not supported");
    }
    const ratio = inputs[1]?.known?.data[0] ?? 0.5;
    const training = inputs[2];
    const isTraining = training && training.known?.data[0] !== 0;
    if (isTraining && ratio !== 0) {
      throw new InputError(
        "it drops values as in training; call model.eval() before the export",
      );
    }
    return needed(inputs, 0);
  },
};

/** Known of any tensor. */
const shape: OnnxOp = {
  inputs: [1],
  takes: "anyOrder",
  import(node, inputs, to) {
    const whole = shapeOf(needed(inputs, 0));
    const start = attribute(node, "start", "int") ?? 0;
    const end = attribute(node, "end", "int") ?? whole.length;
    const sizes = whole.slice(start, end);
    return to.knownValue(known("int64", [sizes.length], sizes));
  },
};

const size: OnnxOp = {
  inputs: [1],
  takes: "anyOrder",
  import: (_node, inputs, to) => {
    const count = elementCount(shapeOf(needed(inputs, 0)));
    return to.knownValue(known("int64", [], [count]));
  },
};

/** Repeated to a shape, which may also be smaller where it is 1. */
const expand: OnnxOp = {
  inputs: [2],
  takes: "own",
  evaluate(_node, inputs) {
    const [x, target] = [needed(inputs, 0), needed(inputs, 1)];
    const shape = repeatedShape(x.shape, Array.from(target.data));
    return [evaluateOne("BroadcastTo", [x, list(shape)])];
  },
  import(_node, inputs, to) {
    const x = needed(inputs, 0);
    const target = wholeNumbers(needed(inputs, 1), "shape");
    const from = shapeOf(x);
    const whole = repeatedShape(from, target);
    if (whole.join() === from.join()) return x;
    const missing = whole.length - from.length;
    const start = to.reshaped(x.tensor, [
      ...Array<number>(missing).fill(1),
      ...from,
    ]);
    const tensor = whole.reduce((of, size, axis) => {
      if (of.shape[axis] === size) return of;
      return to.add({
        kind: "node",
        op: "tile",
        inputs: [of],
        attributes: { axis, times: size },
      });
    }, start);
    return to.own(tensor, x.type);
  },
};

const tile: OnnxOp = {
  inputs: [2],
  takes: "own",
  evaluate: (_node, inputs) => [
    evaluateOne("Tile", [needed(inputs, 0), needed(inputs, 1)]),
  ],
  import(_node, inputs, to) {
    const x = needed(inputs, 0);
    const times = wholeNumbers(needed(inputs, 1), "repeats");
    if (times.length !== x.axes.length) {
      throw new InputError(
        `${times.length} repeats of ${x.axes.length} axes`,
      );
    }
    const tensor = times.reduce((of, count, axis) => {
      if (count === 1) return of;
      if (!(count >= 1)) throw new InputError(`${count} copies of an axis`);
      return to.add({
        kind: "node",
        op: "tile",
        inputs: [of],
        attributes: { axis, times: count },
      });
    }, x.tensor);
    return like(x, tensor);
  },
};

const range: OnnxOp = {
  inputs: [3],
  evaluate: (_node, inputs) => [
    evaluateOne("Range", [0, 1, 2].map((at) => needed(inputs, at))),
  ],
};

/** Blocks of channels become pixels. */
const importDepthToSpace: Import = (node, inputs, to) => {
  const x = needed(inputs, 0);
  const [batch, channels, height, width] = imageShape(x);
  const block = attribute(node, "blocksize", "int") ?? 0;
  const depth = channels / block ** 2;
  if (!(block >= 1) || !Number.isInteger(depth)) {
    throw new InputError(`${channels} channels in blocks of ${block}`);
  }
  const isByColumns = attribute(node, "mode", "bytes") !== undefined &&
    new TextDecoder().decode(attribute(node, "mode", "bytes")) === "CRD";
  const apart = isByColumns
    ? [batch, depth, block, block, height, width]
    : [batch, block, block, depth, height, width];
  const order = isByColumns ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  return moved(to.reshape(x, apart), {
    order,
    shape: [batch, depth, height * block, width * block],
    to,
  });
};

/** Blocks of pixels become channels. */
const importSpaceToDepth: Import = (node, inputs, to) => {
  const x = needed(inputs, 0);
  const [batch, channels, height, width] = imageShape(x);
  const block = attribute(node, "blocksize", "int") ?? 0;
  const [rows, columns] = [height / block, width / block];
  if (!(block >= 1) || ![rows, columns].every(Number.isInteger)) {
    throw new InputError(`images of ${height}x${width} in blocks of ${block}`);
  }
  const apart = [batch, channels, rows, block, columns, block];
  return moved(to.reshape(x, apart), {
    order: [0, 3, 5, 1, 2, 4],
    shape: [batch, channels * block ** 2, rows, columns],
    to,
  });
};

function moved(
  { tensor, axes, type }: Value,
  { order, shape, to }: {
    readonly order: readonly number[];
    readonly shape: Shape;
    readonly to: OnnxBuilder;
  },
): Value {
  const turned = axes.map((axis) => order.indexOf(axis));
  return to.reshape({ tensor, axes: turned, type }, shape);
}

function imageShape(value: Value): Shape {
  const shape = shapeOf(value);
  if (shape.length === 4) return shape;
  throw new InputError(
    `its input has the shape [${
      shape.join(", ")
    }], expected [batch, channels, height, width]`,
  );
}

/** One value, or zeros, in a shape that is known. */
const constantOfShape: OnnxOp = {
  inputs: [1],
  evaluate: (node, inputs) => {
    const target = needed(inputs, 0);
    return [evaluateOne("Fill", [target, filling(node)])];
  },
};

function filling(node: Versioned): Known {
  const tensor = attribute(node, "value", "tensor");
  return tensor ? knownTensor(tensor) : known("float", [], [0]);
}

function knownTensor(tensor: OnnxTensor): Known {
  return { ...readKnown(tensorDefOf(tensor)), type: knownTypeOf(tensor.type) };
}

const constant: OnnxOp = {
  inputs: [0],
  import(node, _inputs, to) {
    const tensor = attribute(node, "value", "tensor");
    const [output] = node.outputs;
    if (tensor) return to.constant(tensor, output);
    const numbers = attribute(node, "value_floats", "floats");
    if (numbers) {
      return to.knownValue(known("float", [numbers.length], numbers));
    }
    const wholes = attribute(node, "value_ints", "ints");
    if (wholes) return to.knownValue(list(wholes));
    const number = attribute(node, "value_float", "float");
    if (number !== undefined) {
      return to.knownValue(known("float", [], [number]));
    }
    const whole = attribute(node, "value_int", "int");
    if (whole !== undefined) return to.knownValue(known("int64", [], [whole]));
    throw new InputError("constants that are no numbers are not supported");
  },
};

/** Where a value is not 0, as a row of places for each axis. */
const nonZero: OnnxOp = {
  inputs: [1],
  evaluate: (_node, inputs) => [
    evaluateOne("Transpose", [
      evaluateOne("Where", [needed(inputs, 0)]),
      list([1, 0]),
    ]),
  ],
};

export const ops: Readonly<Record<string, OnnxOp>> = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Identity: { ...pass, evaluate: (_node, inputs) => [needed(inputs, 0)] },
  Dropout: dropout,
  Shape: shape,
  Size: size,
  Expand: expand,
  Tile: tile,
  Range: range,
  DepthToSpace: { inputs: [1], takes: "anyAxes", import: importDepthToSpace },
  SpaceToDepth: { inputs: [1], takes: "anyAxes", import: importSpaceToDepth },
  ConstantOfShape: constantOfShape,
  Constant: constant,
  NonZero: nonZero,
};
