/**
 * What TensorFlow's ops on single elements make of values that are known.
 *
 * @module
 */
import { activate, spell } from "../../../kernels/activation.ts";
import { binaryFunctions } from "../../../kernels/binary.ts";
import { plainOps, unaryFunction } from "../../../kernels/unary.ts";
import { InputError } from "../../errors.ts";
import { dataTypes, type NodeDef } from "../graphdef.ts";
import { attribute } from "../ops/_attributes.ts";
import { broadcastShapes } from "../ops/binary.ts";
import {
  filled,
  type Known,
  type KnownType,
  multiply,
  repeatedIndex,
  rounder,
} from "./value.ts";

export type Evaluator = (
  node: NodeDef,
  inputs: readonly Known[],
) => readonly Known[];

type Pair = (a: number, b: number) => number;

const { trunc } = Math;

/** Sums, differences and the like: of the type of their operands. */
const pairs: Readonly<Record<string, Pair>> = {
  Add: binaryFunctions.add,
  AddV2: binaryFunctions.add,
  BiasAdd: binaryFunctions.add,
  Sub: binaryFunctions.sub,
  RealDiv: binaryFunctions.div,
  Maximum: binaryFunctions.max,
  Minimum: binaryFunctions.min,
  Pow: binaryFunctions.pow,
  SquaredDifference: binaryFunctions.squared_difference,
  FloorDiv: binaryFunctions.floor_div,
  FloorMod: binaryFunctions.floor_mod,
  DivNoNan: binaryFunctions.div_no_nan,
  Mod: (a, b) => a % b,
  TruncateMod: (a, b) => a % b,
  TruncateDiv: (a, b) => trunc(a / b),
};

const truths: Readonly<Record<string, Pair>> = {
  Greater: binaryFunctions.greater,
  GreaterEqual: binaryFunctions.greater_equal,
  Less: binaryFunctions.less,
  LessEqual: binaryFunctions.less_equal,
  Equal: binaryFunctions.equal,
  NotEqual: binaryFunctions.not_equal,
  LogicalAnd: (a, b) => a && b ? 1 : 0,
  LogicalOr: (a, b) => a || b ? 1 : 0,
};

const singles: Readonly<Record<string, (x: number) => number>> = {
  ...Object.fromEntries(
    [...plainOps].map(([name, op]) => [op, unaryFunction(name)]),
  ),
  Inv: (x) => 1 / x,
  Rint: unaryFunction("round"),
  Relu: activate("relu"),
  Relu6: activate("relu6"),
  Sigmoid: activate("sigmoid"),
  Tanh: activate("tanh"),
  Elu: activate("elu"),
  Softplus: activate("softplus"),
};

/** Ops of one input that {@linkcode arithmetic} has. */
export const singleOps: readonly string[] = Object.keys(singles);

const divisions = ["FloorDiv", "FloorMod", "Mod", "TruncateMod", "TruncateDiv"];

/** Evaluators by TensorFlow's op. */
export const arithmetic: Readonly<Record<string, Evaluator>> = {
  ...Object.fromEntries(
    Object.entries(pairs).map(([op, compute]) => [op, pairEvaluator(compute)]),
  ),
  Mul: (_node, [a, b]) => [paired(a, b, (x, y) => multiply(a.type, x, y))],
  Div: (_node, [a, b]) => [
    paired(a, b, (x, y) => a.type === "float" ? x / y : trunc(x / y)),
  ],
  ...Object.fromEntries(
    Object.entries(truths).map((
      [op, compute],
    ) => [op, (_node: NodeDef, [a, b]: readonly Known[]) => [
      paired(a, b, compute, "bool"),
    ]]),
  ),
  ...Object.fromEntries(
    Object.entries(singles).map((
      [op, compute],
    ) => [op, (_node: NodeDef, [x]: readonly Known[]) => [mapped(x, compute)]]),
  ),
  LeakyRelu: (node, [x]) => [
    mapped(
      x,
      activate(spell("leaky_relu", attribute(node, "alpha", "float") ?? 0.2)),
    ),
  ],
  LogicalNot: (_node, [x]) => [mapped(x, (value) => value ? 0 : 1)],
  AddN: (_node, [first, ...others]) => [
    others.reduce((sum, one) => paired(sum, one, (a, b) => a + b), first),
  ],
  Cast: (node, [x]) => [cast(node, x)],
  Select: (node, inputs) => [select(node, inputs)],
  SelectV2: (node, inputs) => [select(node, inputs)],
};

function pairEvaluator(compute: Pair): Evaluator {
  return (node, [a, b]) => {
    const isDivision = divisions.includes(node.op) && a.type !== "float";
    if (isDivision && Array.from(b.data).includes(0)) {
      throw new InputError("it divides a whole number by 0");
    }
    return [paired(a, b, compute)];
  };
}

/** Element by element, repeated as NumPy does. */
export function paired(
  a: Known,
  b: Known,
  compute: Pair,
  type: KnownType = a.type,
): Known {
  const shape = broadcastShapes(a.shape, b.shape);
  const [atA, atB] = [a, b].map((one) => repeatedIndex(one.shape, shape));
  const round = rounder(type);
  return filled(
    type,
    shape,
    (index) => round(compute(a.data[atA(index)], b.data[atB(index)])),
  );
}

function mapped({ type, shape, data }: Known, compute: (x: number) => number) {
  const round = rounder(type);
  return filled(type, shape, (index) => round(compute(data[index])));
}

/** The type of an attribute that holds one. */
export function typeAttributeOf(
  node: NodeDef,
  name: string,
  fallback: KnownType,
): KnownType {
  const number = attribute(node, name, "type");
  switch (number) {
    case undefined:
      return fallback;
    case dataTypes.float:
    case dataTypes.double:
    case dataTypes.half:
    case dataTypes.bfloat16:
      return "float";
    case dataTypes.int32:
      return "int32";
    case dataTypes.int64:
      return "int64";
    case dataTypes.uint8:
      return "uint8";
    case dataTypes.bool:
      return "bool";
    default:
      throw new InputError(`element type ${number} is not supported`);
  }
}

/** Floats lose what is behind the point; whole numbers wrap. */
function cast(node: NodeDef, { shape, data, type }: Known): Known {
  const to = typeAttributeOf(node, "DstT", type);
  const round = rounder(to);
  return filled(to, shape, (index) => round(data[index]));
}

function select(
  { op }: NodeDef,
  [condition, chosen, other]: readonly Known[],
): Known {
  // A vector chooses among rows in Select, among the last axis in SelectV2.
  const isOfRows = op === "Select" && condition.shape.length === 1 &&
    chosen.shape.length > 1;
  const which = isOfRows
    ? [...condition.shape, ...chosen.shape.slice(1).map(() => 1)]
    : condition.shape;
  const shape = broadcastShapes(
    broadcastShapes(which, chosen.shape),
    other.shape,
  );
  const [at, atChosen, atOther] = [which, chosen.shape, other.shape]
    .map((from) => repeatedIndex(from, shape));
  return filled(
    chosen.type,
    shape,
    (index) =>
      condition.data[at(index)]
        ? chosen.data[atChosen(index)]
        : other.data[atOther(index)],
  );
}
