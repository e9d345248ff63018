/** Element-wise functions of two tensors, `[a, b]`, broadcast as NumPy does. */
import { activate } from "../../../kernels/activation.ts";
import {
  binary,
  binaryCall,
  type BinaryFunction,
  binaryFunctions,
} from "../../../kernels/binary.ts";
import { InputError } from "../../errors.ts";
import {
  type Activation,
  elementCount,
  type NodeOf,
  type Shape,
  type Tensor,
} from "../ir.ts";
import { dataTypes, type NodeDef } from "../graphdef.ts";
import {
  attribute,
  dataTypeOf,
  importError,
  requireFloat,
  requireInputs,
  requireText,
} from "./_attributes.ts";
import { ofEitherFormat } from "./_channels_first.ts";
import { beforeActivation, multiply, scale, sumToShape } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import type {
  Backward,
  ImportContext,
  Imported,
  ImportedNode,
  OpImporter,
  OpRule,
  Value,
} from "./_rule.ts";

/** The function, and what happens to its result. */
export interface BinaryAttributes {
  /** What becomes of each pair of elements. */
  readonly function: BinaryFunction;
  /** Applied to the result. */
  readonly activation: Activation;
  /** Whether a maximum or minimum with NaN is NaN for sure [false]. */
  readonly keepsNan?: boolean;
}

export const rule: OpRule<"binary"> = {
  shape: ([a, b]) => [broadcastShapes(a.shape, b.shape)],
  evaluate(inputs, attributes, output) {
    const [a, b] = inputs.map((input) => broadcastTo(input, output));
    const compute = binaryFunctions[attributes.function];
    const activated = activate(attributes.activation);
    const data = inputs[0].data instanceof Float32Array
      ? new Float32Array(a.length)
      : new Int32Array(a.length);
    for (let index = 0; index < data.length; index++) {
      data[index] = activated(compute(a[index], b[index]));
    }
    return data;
  },
  lower(node, to) {
    const [a, b] = node.inputs.map((input) => to.shape(input));
    const call = binaryCall({ a, b }, node.attributes);
    return dispatchNode(binary, node, { to, ...call });
  },
  gradient,
};

function gradient(
  node: NodeOf<"binary">,
  to: Backward,
): (string | undefined)[] {
  const { inputs: [a, b], outputs: [y], attributes } = node;
  const dy = beforeActivation(to, attributes.activation, y);
  const { function: name } = attributes;
  // What is true changes in steps, and chooses without a slope.
  if (isTruth(name)) return [undefined, undefined];
  return [a, b].map((operand, index) => {
    const isChoice = index === 0 && (name === "where" || name === "unless");
    if (isChoice || !to.wants(operand)) return undefined;
    const whole = index === 0
      ? leftGradient(node, to, dy)
      : rightGradient(node, to, dy);
    return sumToShape(to, whole, { shape: to.shape(operand) });
  });
}

/** Whether a function gives what is true or not. */
function isTruth(name: BinaryFunction): boolean {
  return /^(greater|less|equal|not_equal)/.test(name);
}

function leftGradient(
  node: NodeOf<"binary">,
  to: Backward,
  dy: string,
): string {
  const [, b] = node.inputs;
  switch (node.attributes.function) {
    case "add":
    case "sub":
      return dy;
    case "mul":
      return multiply(to, dy, b);
    case "div":
      return divide(to, dy, b);
    case "squared_difference":
      return difference(node, to, dy);
    case "pow":
      return powerGradient(node, to, dy);
    default:
      throw noGradient(node);
  }
}

/** `d(a^b) = b a^(b - 1)` for an exponent that is known; a constant has no slope, not even at 0. */
function powerGradient(
  { inputs: [a, b], ...node }: NodeOf<"binary">,
  to: Backward,
  dy: string,
): string {
  const { constant, shape } = to.tensor(b);
  if (!constant) throw noGradient({ ...node, inputs: [a, b] });
  const exponents = () => Float32Array.from(constant.read());
  const below = to.constant(
    shape,
    () => exponents().map((exponent) => exponent === 0 ? 0 : exponent - 1),
  );
  const power = to.add({
    op: "binary",
    inputs: [a, below],
    attributes: { function: "pow", activation: "none" },
  });
  return multiply(to, multiply(to, dy, b), power);
}

/** Twice the gradient times the difference. */
function difference(
  { inputs: [a, b] }: NodeOf<"binary">,
  to: Backward,
  dy: string,
): string {
  const difference = to.add({
    op: "binary",
    inputs: [a, b],
    attributes: { function: "sub", activation: "none" },
  });
  return scale(to, multiply(to, dy, difference), 2);
}

function rightGradient(
  node: NodeOf<"binary">,
  to: Backward,
  dy: string,
): string {
  const [a, b] = node.inputs;
  switch (node.attributes.function) {
    case "add":
      return dy;
    case "sub":
      return scale(to, dy, -1);
    case "mul":
      return multiply(to, dy, a);
    case "div":
      // d(a / b) = -a / b^2; the quotient itself may have been clipped since.
      return scale(to, divide(to, divide(to, multiply(to, dy, a), b), b), -1);
    case "squared_difference":
      return scale(to, difference(node, to, dy), -1);
    case "where":
    case "unless":
      return to.add({
        op: "binary",
        inputs: [a, dy],
        attributes: { function: node.attributes.function, activation: "none" },
      });
    default:
      throw noGradient(node);
  }
}

function divide(to: Backward, a: string, b: string): string {
  return to.add({
    op: "binary",
    inputs: [a, b],
    attributes: { function: "div", activation: "none" },
  });
}

function noGradient({ name, attributes }: NodeOf<"binary">): InputError {
  return new InputError(
    `Cannot train through node "${name}" (${attributes.function}): it has no gradient; freeze what is before it`,
  );
}

export const importers = {
  Add: importerOf("add"),
  AddV2: importerOf("add"),
  BiasAdd: ofEitherFormat(importBiasAdd),
  Sub: importerOf("sub"),
  Mul: importerOf("mul"),
  RealDiv: importerOf("div"),
  Div: importDiv,
  Maximum: importerOf("max"),
  Minimum: importerOf("min"),
  Pow: importerOf("pow"),
  SquaredDifference: importerOf("squared_difference"),
  FloorDiv: importerOf("floor_div"),
  FloorMod: importerOf("floor_mod"),
  DivNoNan: importerOf("div_no_nan"),
  Greater: importerOf("greater"),
  GreaterEqual: importerOf("greater_equal"),
  Less: importerOf("less"),
  LessEqual: importerOf("less_equal"),
  Equal: importerOf("equal"),
  NotEqual: importerOf("not_equal"),
  LogicalAnd: importerOf("mul"),
  LogicalOr: importerOf("max"),
  LogicalNot: importNot,
  AddN: importAddN,
  Select: importSelect,
  SelectV2: importSelect,
};

/** Axes that the kernel knows. */
const largestRank = 4;

/** The shape of what two shapes broadcast to. Throws an `InputError` if they do not. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  if (rank > largestRank) {
    throw new InputError(
      `shapes [${a.join(", ")}] and [${
        b.join(", ")
      }] have more than ${largestRank} axes`,
    );
  }
  return Array.from({ length: rank }, (_, axis) => {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new InputError(
        `shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast`,
      );
    }
    return sizeA === 1 ? sizeB : sizeA;
  });
}

/** The elements of a value repeated to a larger shape. */
function broadcastTo({ shape, data }: Value, output: Shape): ArrayLike<number> {
  const count = elementCount(output);
  if (elementCount(shape) === count) return data;
  const strides = output.map(() => 0);
  let stride = 1;
  for (let axis = 1; axis <= shape.length; axis++) {
    const size = shape[shape.length - axis];
    if (size > 1) strides[output.length - axis] = stride;
    stride *= size;
  }
  return Array.from({ length: count }, (_, index) => {
    let offset = 0;
    for (let axis = output.length - 1; axis >= 0; axis--) {
      offset += (index % output[axis]) * strides[axis];
      index = Math.floor(index / output[axis]);
    }
    return data[offset];
  });
}

function importerOf(name: BinaryFunction): OpImporter {
  return (node, inputs): ImportedNode => {
    requireInputs(node, inputs, 2);
    for (const input of inputs) requireFloat(node, input);
    return plainBinary(name, inputs);
  };
}

const importAdd = importerOf("add");
const importRealDiv = importerOf("div");

/** Whole numbers that are computed are floats here, which divide otherwise. */
function importDiv(
  ...[node, inputs, context]: Parameters<OpImporter>
): ReturnType<OpImporter> {
  const type = attribute(node, "T", "type") ?? dataTypes.float;
  if (dataTypeOf(node, type) === "f32") {
    return importRealDiv(node, inputs, context);
  }
  throw importError(node, "computed whole numbers are not divided");
}

/** What is true is 1, and what is not 0. */
function importNot(
  node: NodeDef,
  inputs: readonly Tensor[],
  { constant }: ImportContext,
): ImportedNode {
  requireInputs(node, inputs, 1);
  return plainBinary("sub", [constant([], [1]), inputs[0]]);
}

function importAddN(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): Imported {
  requireInputs(node, inputs, 1, Infinity);
  for (const input of inputs) requireFloat(node, input);
  const of = inputs.reduce((sum, input) =>
    add(plainBinary("add", [sum, input]))
  );
  return { kind: "alias", of };
}

/** What is chosen where the condition is true, plus what is chosen elsewhere. */
function importSelect(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): ImportedNode {
  requireInputs(node, inputs, 3);
  const [condition, chosen, other] = inputs;
  for (const input of [chosen, other]) requireFloat(node, input);
  const rank = chosen.shape.length;
  // A vector chooses among rows in Select, among the last axis in SelectV2.
  const isOfRows = node.op === "Select" && condition.shape.length === 1 &&
    rank > 1;
  const shape = [...condition.shape, ...chosen.shape.slice(1).map(() => 1)];
  const which = isOfRows
    ? add({
      kind: "node",
      op: "reshape",
      inputs: [condition],
      attributes: {},
      shapes: [shape],
    })
    : condition;
  return plainBinary("add", [
    add(plainBinary("where", [which, chosen])),
    add(plainBinary("unless", [which, other])),
  ]);
}

export function plainBinary(
  name: BinaryFunction,
  inputs: readonly Tensor[],
): ImportedNode {
  const attributes = { function: name, activation: "none" } as const;
  return { kind: "node", op: "binary", inputs, attributes };
}

function importBiasAdd(
  ...[node, inputs, context]: Parameters<OpImporter>
): ReturnType<OpImporter> {
  requireInputs(node, inputs, 2);
  requireText(node, "data_format", "NHWC");
  const [value, bias] = inputs;
  if (bias.shape.length !== 1 || bias.shape[0] !== value.shape.at(-1)) {
    throw importError(
      node,
      `bias of shape [${bias.shape.join(", ")}], expected [${
        value.shape.at(-1)
      }]`,
    );
  }
  return importAdd(node, inputs, context);
}
