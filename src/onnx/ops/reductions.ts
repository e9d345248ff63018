/** Sums, means, extremes and their places over axes. */
import { InputError } from "../../errors.ts";
import type { Known } from "../../graph/known/mod.ts";
import type { Tensor } from "../../graph/ir.ts";
import { axisRuns } from "../../graph/ops/mean.ts";
import { attribute, flag } from "../attributes.ts";
import type { OnnxBuilder } from "../builder.ts";
import type { OnnxOp, Versioned } from "../op.ts";
import { like, type Value } from "../value.ts";
import {
  axesOf,
  axisOf,
  evaluateOne,
  list,
  needed,
  wholeNumbers,
} from "./_known.ts";

type Kind = "mean" | "sum" | "prod" | "max" | "min";

/** What is done before and after, by functions of single values. */
interface Around {
  readonly before?: "abs" | "square" | "exp";
  readonly after?: "sqrt" | "log";
}

/** The values without some of ONNX's axes, or with ones for them. */
function without(
  value: Value,
  axes: readonly number[],
  { keepDims, reduce }: {
    readonly keepDims: boolean;
    /** Takes away axes that are neighbours as they are kept, or leaves ones. */
    readonly reduce: (x: Tensor, axes: readonly number[]) => Tensor;
  },
): Value {
  const kept = axes.map((axis) => value.axes.indexOf(axis));
  const tensor = axisRuns(kept).toReversed().reduce(reduce, value.tensor);
  if (keepDims) return like(value, tensor);
  const left = value.axes.filter((axis) => !axes.includes(axis));
  const ranks = left.toSorted((a, b) => a - b);
  return {
    tensor,
    axes: left.map((axis) => ranks.indexOf(axis)),
    type: value.type,
  };
}

function reduced(
  value: Value,
  axes: readonly number[],
  { kind, keepDims, to }: {
    readonly kind: Kind;
    readonly keepDims: boolean;
    readonly to: OnnxBuilder;
  },
): Value {
  return without(value, axes, {
    keepDims,
    reduce: (x, axes) =>
      to.add(
        kind === "mean"
          ? {
            kind: "node",
            op: "mean",
            inputs: [x],
            attributes: { axes, keepDims },
          }
          : {
            kind: "node",
            op: "reduce",
            inputs: [x],
            attributes: { axes, keepDims, function: kind },
          },
      ),
  });
}

/** Which axes a node names, in an attribute or an input; `undefined` for none of them. */
function axesNamed(
  node: Versioned,
  given: readonly number[] | undefined,
  rank: number,
): number[] | undefined {
  const axes = attribute(node, "axes", "ints") ?? given ?? [];
  if (axes.length > 0) return axesOf(axes, rank).sort((a, b) => a - b);
  return flag(node, "noop_with_empty_axes")
    ? undefined
    : [...Array(rank).keys()];
}

function reduction(
  kind: Kind,
  tensorFlow: string,
  { before, after }: Around = {},
): OnnxOp {
  return {
    inputs: [1, 2],
    takes: "anyAxes",
    ...!before && !after && {
      evaluate: (node, inputs) => {
        const x = needed(inputs, 0);
        const given = inputs[1] && Array.from(inputs[1].data);
        const axes = axesNamed(node, given, x.shape.length);
        return [axes ? evaluated(tensorFlow, x, { node, axes }) : x];
      },
    },
    import(node, inputs, to) {
      const x = needed(inputs, 0);
      const given = inputs[1] && wholeNumbers(inputs[1], "axes");
      const axes = axesNamed(node, given, x.axes.length);
      const apply = (value: Value, name: NonNullable<Around[keyof Around]>) =>
        like(
          value,
          to.add({
            kind: "node",
            op: "unary",
            inputs: [value.tensor],
            attributes: { function: name },
          }),
        );
      const start = before ? apply(x, before) : x;
      const keepDims = flag(node, "keepdims", true);
      const made = axes ? reduced(start, axes, { kind, keepDims, to }) : start;
      return after ? apply(made, after) : made;
    },
  };
}

function evaluated(
  op: string,
  x: Known,
  { node, axes }: {
    readonly node: Versioned;
    readonly axes: readonly number[];
  },
): Known {
  return evaluateOne(op, [x, list(axes)], {
    keep_dims: { kind: "bool", value: flag(node, "keepdims", true) },
  });
}

/** Where the extreme is, of several the first. */
function place(name: "argmax" | "argmin"): OnnxOp {
  return {
    inputs: [1],
    takes: "anyAxes",
    import(node, inputs, to) {
      const x = needed(inputs, 0);
      if (flag(node, "select_last_index")) {
        throw new InputError("select_last_index is not supported");
      }
      const given = attribute(node, "axis", "int") ?? 0;
      const axis = axisOf(given, x.axes.length);
      const keepDims = flag(node, "keepdims", true);
      const made = without(x, [axis], {
        keepDims,
        reduce: (x, axes) =>
          to.add({
            kind: "node",
            op: "reduce",
            inputs: [x],
            attributes: { axes, keepDims, function: name },
          }),
      });
      return { ...made, type: "int64" };
    },
  };
}

/** `log(sum(exp(x)))`, by the largest as far as f32 needs that. */
const logSumExp: OnnxOp = {
  inputs: [1, 2],
  takes: "anyAxes",
  import(node, inputs, to) {
    const x = needed(inputs, 0);
    const given = inputs[1] && wholeNumbers(inputs[1], "axes");
    const axes = axesNamed(node, given, x.axes.length);
    if (!axes) return x;
    const keepDims = flag(node, "keepdims", true);
    const unary = (value: Value, name: "exp" | "log" | "neg") =>
      like(
        value,
        to.add({
          kind: "node",
          op: "unary",
          inputs: [value.tensor],
          attributes: { function: name },
        }),
      );
    const pair = (name: "add" | "sub", [a, b]: readonly [Value, Value]) =>
      like(
        a,
        to.add({
          kind: "node",
          op: "binary",
          inputs: [a.tensor, b.tensor],
          attributes: { function: name, activation: "none" },
        }),
      );
    const most = reduced(x, axes, { kind: "max", keepDims: true, to });
    const below = unary(pair("sub", [x, most]), "exp");
    const sum = reduced(below, axes, { kind: "sum", keepDims: true, to });
    const whole = pair("add", [unary(sum, "log"), most]);
    return keepDims ? whole : without(whole, axes, {
      keepDims,
      reduce: (x, axes) =>
        to.reshaped(x, x.shape.filter((_, axis) => !axes.includes(axis))),
    });
  },
};

export const ops: Readonly<Record<string, OnnxOp>> = {
  ReduceMean: reduction("mean", "Mean"),
  ReduceSum: reduction("sum", "Sum"),
  ReduceProd: reduction("prod", "Prod"),
  ReduceMax: reduction("max", "Max"),
  ReduceMin: reduction("min", "Min"),
  ReduceL1: reduction("sum", "Sum", { before: "abs" }),
  ReduceL2: reduction("sum", "Sum", { before: "square", after: "sqrt" }),
  ReduceSumSquare: reduction("sum", "Sum", { before: "square" }),
  ReduceLogSum: reduction("sum", "Sum", { after: "log" }),
  ReduceLogSumExp: logSumExp,
  ArgMax: place("argmax"),
  ArgMin: place("argmin"),
};
