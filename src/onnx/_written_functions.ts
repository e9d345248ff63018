/** ONNX's nodes for functions of single elements. */
import { definitionOf } from "../../kernels/activation.ts";
import type { Activation } from "../graph/ir.ts";
import type { BinaryFunction, UnaryFunction } from "../graph/ops/mod.ts";
import { isPlain, type PlainFunction } from "../../kernels/unary.ts";
import { type Attributes, float } from "./_nodes.ts";
import type { OnnxWriting } from "./_writing.ts";
import { onnxTypes } from "./model.ts";

/** A node, or the power that a function is, which is recognised again. */
type Written =
  | { readonly op: string; readonly attributes?: Attributes }
  | { readonly power: number };

const plainOps: { readonly [Name in PlainFunction]: Written } = {
  identity: { op: "Identity" },
  rsqrt: { power: -0.5 },
  neg: { op: "Neg" },
  exp: { op: "Exp" },
  log: { op: "Log" },
  sqrt: { op: "Sqrt" },
  square: { power: 2 },
  abs: { op: "Abs" },
  sign: { op: "Sign" },
  reciprocal: { op: "Reciprocal" },
  floor: { op: "Floor" },
  ceil: { op: "Ceil" },
  round: { op: "Round" },
  erf: { op: "Erf" },
};

/** Activations that ONNX has; others are spelled out. */
const activationOps: Readonly<Record<string, string>> = {
  relu: "Relu",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
  elu: "Elu",
  selu: "Selu",
  softplus: "Softplus",
  softsign: "Softsign",
  leaky_relu: "LeakyRelu",
  hard_sigmoid: "HardSigmoid",
  hard_swish: "HardSwish",
};

/** ONNX's names of TensorFlow's ops that activations are spelled out in. */
const spelledOps: Readonly<Record<string, string>> = {
  Add: "Add",
  Mul: "Mul",
  RealDiv: "Div",
  Sigmoid: "Sigmoid",
  Erf: "Erf",
};

/** Writes `f(x)`. */
export function writeUnary(
  to: OnnxWriting,
  kind: UnaryFunction,
  { x, name }: { readonly x: string; readonly name: string },
): string {
  if (isPlain(kind)) {
    const written = plainOps[kind];
    return "power" in written
      ? to.node("Pow", [x, to.number(written.power)], { name })
      : to.node(written.op, [x], { name, ...written.attributes });
  }
  const { name: activation, number, nodes } = definitionOf(kind);
  if (activation === "relu6") return clipped(to, x, name);
  const op = activationOps[activation];
  if (op !== undefined) {
    return to.node(op, [x], {
      name,
      ...activation === "leaky_relu" && { alpha: float(number) },
      ...activation === "hard_sigmoid" &&
        { alpha: float(1 / 6), beta: float(0.5) },
    });
  }
  let before = x;
  for (const [at, { op, reads = ["before"] }] of nodes.entries()) {
    const made = at === nodes.length - 1 ? name : to.fresh(`${name}/${op}`);
    const inputs = reads.map((read) =>
      typeof read === "number" ? to.number(read) : read === "input" ? x : before
    );
    before = spelled(to, op, { inputs, name: made });
  }
  return before;
}

function spelled(
  to: OnnxWriting,
  op: string,
  { inputs, name }: {
    readonly inputs: readonly string[];
    readonly name: string;
  },
): string {
  if (op === "Square") {
    return to.node("Pow", [...inputs, to.number(2)], { name });
  }
  if (op === "Relu6") return clipped(to, inputs[0], name);
  const known = spelledOps[op];
  if (known === undefined) {
    throw new Error(`ONNX's name of "${op}" is not told`);
  }
  return to.node(known, inputs, { name });
}

function clipped(to: OnnxWriting, x: string, name: string): string {
  return to.node("Clip", [x, to.number(0), to.number(6)], { name });
}

/** Writes what `make` makes, and an activation of it. */
export function writeActivated(
  to: OnnxWriting,
  activation: Activation,
  { name, op, make }: {
    readonly name: string;
    /** Names what is between. */
    readonly op: string;
    readonly make: (name: string) => string;
  },
): string {
  if (activation === "none") return make(name);
  const x = make(to.fresh(`${name}/${op}`));
  return writeUnary(to, activation, { x, name });
}

/** ONNX's names of our functions of two tensors, and whether they give truths. */
const binaryOps: Partial<Record<BinaryFunction, string>> = {
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "Div",
  max: "Max",
  min: "Min",
  pow: "Pow",
};

const truthOps: Partial<Record<BinaryFunction, string>> = {
  greater: "Greater",
  greater_equal: "GreaterOrEqual",
  less: "Less",
  less_equal: "LessOrEqual",
  equal: "Equal",
};

/** Writes `f(a, b)`. */
export function writeBinary(
  to: OnnxWriting,
  kind: BinaryFunction,
  { a, b, name }: {
    readonly a: string;
    readonly b: string;
    readonly name: string;
  },
): string {
  const op = binaryOps[kind];
  if (op !== undefined) return to.node(op, [a, b], { name });
  const part = (op: string, ...inputs: readonly string[]) =>
    to.node(op, inputs, { name: to.fresh(`${name}/${op}`) });
  const truth = truthOps[kind];
  const asFloats = (truth: string) =>
    to.node("Cast", [truth], { name, to: onnxTypes.float });
  if (truth !== undefined) return asFloats(part(truth, a, b));
  const zero = () => to.number(0);
  const isTrue = (x: string) => part("Not", part("Equal", x, zero()));
  switch (kind) {
    case "not_equal":
      return asFloats(part("Not", part("Equal", a, b)));
    case "squared_difference":
      return to.node("Pow", [part("Sub", a, b), to.number(2)], { name });
    case "floor_div":
      return to.node("Floor", [part("Div", a, b)], { name });
    case "floor_mod": {
      const whole = part("Mul", b, part("Floor", part("Div", a, b)));
      return to.node("Sub", [a, whole], { name });
    }
    case "div_no_nan":
      return to.node("Where", [
        part("Equal", b, zero()),
        zero(),
        part("Div", a, b),
      ], { name });
    case "where":
      return to.node("Where", [isTrue(a), b, zero()], { name });
    case "unless":
      return to.node("Where", [isTrue(a), zero(), b], { name });
    default:
      throw new Error(`"${kind}" is written`);
  }
}
