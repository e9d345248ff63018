/** Functions of single elements, of one tensor and of several. */
import { spell } from "../../../kernels/activation.ts";
import { InputError } from "../../errors.ts";
import type { Known } from "../../graph/known/mod.ts";
import type { BinaryFunction, UnaryFunction } from "../../graph/ops/mod.ts";
import { attribute, textAttribute } from "../attributes.ts";
import type { OnnxBuilder } from "../builder.ts";
import type { Evaluate, Import, OnnxOp, Versioned } from "../op.ts";
import { knownTypeOf } from "../tensor.ts";
import { dataTypes } from "../../graph/node_def.ts";
import { like, type Value } from "../value.ts";
import { combine, withNumber } from "./_broadcast.ts";
import { evaluate, evaluateOne, needed } from "./_known.ts";

function applied(value: Value, to: OnnxBuilder, name: UnaryFunction): Value {
  const tensor = to.add({
    kind: "node",
    op: "unary",
    inputs: [value.tensor],
    attributes: { function: name },
  });
  return like(value, tensor);
}

/** ONNX's functions of one value that are ours, with TensorFlow's names. */
const plain: Readonly<Record<string, readonly [UnaryFunction, string]>> = {
  Relu: ["relu", "Relu"],
  Sigmoid: ["sigmoid", "Sigmoid"],
  Tanh: ["tanh", "Tanh"],
  Softplus: ["softplus", "Softplus"],
  Softsign: ["softsign", "Softsign"],
  Abs: ["abs", "Abs"],
  Neg: ["neg", "Neg"],
  Exp: ["exp", "Exp"],
  Log: ["log", "Log"],
  Sqrt: ["sqrt", "Sqrt"],
  Reciprocal: ["reciprocal", "Reciprocal"],
  Floor: ["floor", "Floor"],
  Ceil: ["ceil", "Ceil"],
  Round: ["round", "Rint"],
  Sign: ["sign", "Sign"],
  Erf: ["erf", "Erf"],
};

const plainOps: Readonly<Record<string, OnnxOp>> = Object.fromEntries(
  Object.entries(plain).map(([op, [name, tensorFlow]]) => [op, {
    inputs: [1],
    takes: "anyOrder",
    evaluate: evaluator(tensorFlow),
    import: (_node, inputs, to) => applied(needed(inputs, 0), to, name),
  }]),
);

/** Known values by an op of TensorFlow's that takes the same inputs. */
function evaluator(op: string): Evaluate {
  return (_node, inputs) =>
    evaluate(op, inputs.map((_, at) => needed(inputs, at)));
}

/** A function of one tensor that is worked out when it runs. */
function activation(
  make: (node: Versioned, value: Value, to: OnnxBuilder) => Value,
): OnnxOp {
  return {
    inputs: [1],
    takes: "anyOrder",
    import: (node, inputs, to) => make(node, needed(inputs, 0), to),
  };
}

function float(node: Versioned, name: string, fallback: number): number {
  return attribute(node, name, "float") ?? Math.fround(fallback);
}

/** The lower of a value and a number, or the higher. */
function bounded(
  value: Value,
  to: OnnxBuilder,
  { least, most }: { readonly least?: number; readonly most?: number },
): Value {
  const above = least === undefined
    ? value
    : withNumber(value, to, { function: "max", number: least });
  return most === undefined
    ? above
    : withNumber(above, to, { function: "min", number: most });
}

function scaled(value: Value, to: OnnxBuilder, number: number): Value {
  return number === 1
    ? value
    : withNumber(value, to, { function: "mul", number });
}

/** `max(x, 0)` and `alpha * (exp(min(x, 0) / beta) - 1)` together. */
function bent(
  value: Value,
  to: OnnxBuilder,
  { alpha, beta = 1 }: { readonly alpha: number; readonly beta?: number },
): Value {
  const below = scaled(bounded(value, to, { most: 0 }), to, 1 / beta);
  const curve = scaled(applied(below, to, "elu"), to, alpha);
  return combine([applied(value, to, "relu"), curve], to, { function: "add" });
}

const activations: Readonly<Record<string, OnnxOp>> = {
  LeakyRelu: activation((node, value, to) =>
    applied(value, to, spell("leaky_relu", float(node, "alpha", 0.01)))
  ),
  Elu: activation((node, value, to) => {
    const alpha = float(node, "alpha", 1);
    return alpha === 1 ? applied(value, to, "elu") : bent(value, to, { alpha });
  }),
  Celu: activation((node, value, to) => {
    const alpha = float(node, "alpha", 1);
    return alpha === 1
      ? applied(value, to, "elu")
      : bent(value, to, { alpha, beta: alpha });
  }),
  Selu: activation((node, value, to) => {
    const alpha = float(node, "alpha", 1.67326319217681884765625);
    const gamma = float(node, "gamma", 1.05070102214813232421875);
    const isUsual = Math.abs(alpha - 1.6732632) < 1e-6 &&
      Math.abs(gamma - 1.050701) < 1e-6;
    return isUsual
      ? applied(value, to, "selu")
      : scaled(bent(value, to, { alpha }), to, gamma);
  }),
  HardSigmoid: activation((node, value, to) => {
    const alpha = float(node, "alpha", 0.2);
    const beta = float(node, "beta", 0.5);
    if (Math.abs(alpha - 1 / 6) < 1e-6 && beta === 0.5) {
      return applied(value, to, "hard_sigmoid");
    }
    const line = withNumber(scaled(value, to, alpha), to, {
      function: "add",
      number: beta,
    });
    return bounded(line, to, { least: 0, most: 1 });
  }),
  HardSwish: activation((_node, value, to) => applied(value, to, "hard_swish")),
  Mish: activation((_node, value, to) =>
    combine([value, applied(applied(value, to, "softplus"), to, "tanh")], to, {
      function: "mul",
    })
  ),
  Swish: activation((node, value, to) => {
    const alpha = float(node, "alpha", 1);
    if (alpha === 1) return applied(value, to, "silu");
    const factor = applied(scaled(value, to, alpha), to, "sigmoid");
    return combine([value, factor], to, { function: "mul" });
  }),
  ThresholdedRelu: activation((node, value, to) => {
    const number = float(node, "alpha", 1);
    const above = withNumber(value, to, { function: "greater", number });
    return combine([above, value], to, { function: "where" });
  }),
};

/** Its bounds were attributes up to opset 10, and are inputs since. */
const clip: OnnxOp = {
  inputs: [1, 3],
  takes: "anyOrder",
  evaluate(node, [x, ...given]) {
    const [least, most] = node.opset < 11
      ? bounds(node)
      : [0, 1].map((at) => given[at]?.data[0]);
    if (!x) return [];
    const by = (op: string, value: Known, bound: number | undefined) =>
      bound === undefined
        ? value
        : evaluateOne(op, [value, { ...value, shape: [], data: [bound] }]);
    return [by("Minimum", by("Maximum", x, least), most)];
  },
  import(node, inputs, to) {
    const value = needed(inputs, 0);
    if (node.opset < 11) {
      const [least, most] = bounds(node);
      return clipped(value, to, { least, most });
    }
    const [, low, high] = inputs;
    const isKnown = [low, high].every((bound) => !bound || numberOf(bound));
    if (isKnown) {
      const least = low && numberOf(low)?.[0];
      const most = high && numberOf(high)?.[0];
      return clipped(value, to, {
        ...least !== undefined && { least },
        ...most !== undefined && { most },
      });
    }
    const above = low ? combine([value, low], to, { function: "max" }) : value;
    return high ? combine([above, high], to, { function: "min" }) : above;
  },
};

function bounds(node: Versioned): (number | undefined)[] {
  return ["min", "max"].map((name) => attribute(node, name, "float"));
}

/** The only value of a constant. */
function numberOf({ tensor }: Value): readonly number[] | undefined {
  const data = tensor.constant?.read();
  return data?.length === 1 ? [data[0]] : undefined;
}

/** What f32 ends at, and no bound. */
const largestFloat = 3.4e38;

function clipped(
  value: Value,
  to: OnnxBuilder,
  given: {
    readonly least?: number | undefined;
    readonly most?: number | undefined;
  },
): Value {
  const least = given.least !== undefined && given.least > -largestFloat
    ? given.least
    : undefined;
  const most = given.most !== undefined && given.most < largestFloat
    ? given.most
    : undefined;
  if (least === 0 && most === 6) return applied(value, to, "relu6");
  if (least === 0 && most === undefined) return applied(value, to, "relu");
  return bounded(value, to, {
    ...least !== undefined && { least },
    ...most !== undefined && { most },
  });
}

/** ONNX's functions of two tensors that are ours, with TensorFlow's names. */
const pairs: Readonly<
  Record<string, readonly [BinaryFunction, string, isTruth?: boolean]>
> = {
  Add: ["add", "AddV2"],
  Sub: ["sub", "Sub"],
  Mul: ["mul", "Mul"],
  Div: ["div", "Div"],
  Pow: ["pow", "Pow"],
  Greater: ["greater", "Greater", true],
  GreaterOrEqual: ["greater_equal", "GreaterEqual", true],
  Less: ["less", "Less", true],
  LessOrEqual: ["less_equal", "LessEqual", true],
  Equal: ["equal", "Equal", true],
  And: ["mul", "LogicalAnd", true],
  Or: ["max", "LogicalOr", true],
  Xor: ["not_equal", "NotEqual", true],
};

const pairOps: Readonly<Record<string, OnnxOp>> = Object.fromEntries(
  Object.entries(pairs).map(([op, [name, tensorFlow, isTruth]]) => [op, {
    inputs: [2],
    takes: "anyAxes",
    evaluate: evaluator(tensorFlow),
    import: importPair(name, isTruth ? "bool" : undefined),
  }]),
);

function importPair(
  name: BinaryFunction,
  type: Value["type"] | undefined,
): Import {
  return (_node, inputs, to) => {
    const [a, b] = [needed(inputs, 0), needed(inputs, 1)];
    if (name === "div" && a.type !== "float") {
      throw new InputError("computed whole numbers are not divided");
    }
    return combine([a, b], to, { function: name, ...type && { type } });
  };
}

/** Of any number of tensors. */
function several(
  name: BinaryFunction,
  tensorFlow: string,
  { isMean = false }: { readonly isMean?: boolean } = {},
): OnnxOp {
  return {
    inputs: [1, Infinity],
    takes: "anyAxes",
    evaluate: (_node, inputs) => {
      const all = inputs.map((_, at) => needed(inputs, at));
      const of = all.reduce((a, b) => evaluateOne(tensorFlow, [a, b]));
      if (!isMean) return [of];
      const count = { ...of, shape: [], data: [all.length] };
      return [evaluateOne("Div", [of, count])];
    },
    import: (_node, inputs, to) => {
      const all = inputs.map((_, at) => needed(inputs, at));
      const of = all.reduce((a, b) => combine([a, b], to, { function: name }));
      if (!isMean || all.length === 1) return of;
      return withNumber(of, to, { function: "div", number: all.length });
    },
  };
}

/** `x` above 0, and `slope * x` below. */
const prelu: OnnxOp = {
  inputs: [2],
  takes: "anyAxes",
  import(_node, inputs, to) {
    const [value, slope] = [needed(inputs, 0), needed(inputs, 1)];
    const number = numberOf(slope)?.[0];
    if (number !== undefined) {
      return applied(value, to, spell("leaky_relu", number));
    }
    const below = bounded(value, to, { most: 0 });
    const line = combine([below, slope], to, { function: "mul" });
    return combine([applied(value, to, "relu"), line], to, { function: "add" });
  },
};

const mod: OnnxOp = {
  inputs: [2],
  takes: "anyAxes",
  evaluate: (node, inputs) =>
    evaluate(
      attribute(node, "fmod", "int") ? "Mod" : "FloorMod",
      inputs.map((_, at) => needed(inputs, at)),
    ),
  import(node, inputs, to) {
    if (attribute(node, "fmod", "int")) {
      throw new InputError("fmod of computed values is not supported");
    }
    return combine([needed(inputs, 0), needed(inputs, 1)], to, {
      function: "floor_mod",
    });
  },
};

/** What is chosen where the condition is true, plus what is chosen elsewhere. */
const where: OnnxOp = {
  inputs: [3],
  takes: "anyAxes",
  evaluate: evaluator("SelectV2"),
  import(_node, inputs, to) {
    const [condition, chosen, other] = [0, 1, 2].map((at) =>
      needed(inputs, at)
    );
    const { type } = chosen;
    return combine(
      [
        combine([condition, chosen], to, { function: "where", type }),
        combine([condition, other], to, { function: "unless", type }),
      ],
      to,
      { function: "add" },
    );
  },
};

const not: OnnxOp = {
  inputs: [1],
  takes: "anyOrder",
  evaluate: evaluator("LogicalNot"),
  import: (_node, inputs, to) =>
    withNumber(needed(inputs, 0), to, { function: "equal", number: 0 }),
};

/** TensorFlow's number for what an element is cast to. */
const castTypes = {
  float: dataTypes.float,
  int32: dataTypes.int32,
  int64: dataTypes.int64,
  uint8: dataTypes.uint8,
  bool: dataTypes.bool,
} as const;

const cast: OnnxOp = {
  inputs: [1],
  takes: "anyOrder",
  evaluate(node, inputs) {
    const type = castTo(node);
    const DstT = { kind: "type", value: castTypes[type] } as const;
    return evaluate("Cast", [needed(inputs, 0)], { DstT });
  },
  import(node, inputs, to) {
    const value = needed(inputs, 0);
    const type = castTo(node);
    if (type === "float" || type === value.type) {
      return { ...like(value, value.tensor), type };
    }
    if (type === "bool") {
      const truth = withNumber(value, to, { function: "not_equal", number: 0 });
      return { ...truth, type };
    }
    if (value.type !== "float" && value.type !== "uint8") {
      return { ...like(value, value.tensor), type };
    }
    // Towards 0, as casts go.
    const size = applied(applied(value, to, "abs"), to, "floor");
    const sign = applied(value, to, "sign");
    return combine([size, sign], to, { function: "mul", type });
  },
};

function castTo(node: Versioned): Value["type"] {
  return knownTypeOf(attribute(node, "to", "int") ?? 0);
}

const castLike: OnnxOp = {
  inputs: [2],
  takes: "own",
  import(_node, inputs) {
    const [value, other] = [needed(inputs, 0), needed(inputs, 1)];
    if (other.type === "float" || other.type === value.type) {
      return { ...like(value, value.tensor), type: other.type };
    }
    throw new InputError("casts of computed values to others than floats");
  },
};

/** By the error function, or near it by a tanh. */
const gelu: OnnxOp = activation((node, value, to) =>
  applied(
    value,
    to,
    textAttribute(node, "approximate", "none") === "tanh"
      ? "gelu_tanh"
      : "gelu",
  )
);

export const ops: Readonly<Record<string, OnnxOp>> = {
  ...plainOps,
  ...activations,
  ...pairOps,
  Clip: clip,
  Max: several("max", "Maximum"),
  Min: several("min", "Minimum"),
  Sum: several("add", "AddV2"),
  Mean: several("add", "AddV2", { isMean: true }),
  PRelu: prelu,
  Mod: mod,
  Where: where,
  Not: not,
  Cast: cast,
  CastLike: castLike,
  Gelu: gelu,
};
