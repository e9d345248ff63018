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
} from "../ir.ts";
import {
  importError,
  requireFloat,
  requireInputs,
  requireText,
} from "./_attributes.ts";
import { beforeActivation, multiply, scale, sumToShape } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import type {
  Backward,
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

/** Only operands of the result's shape, one value a channel or one alone have a gradient. */
function gradient(
  node: NodeOf<"binary">,
  to: Backward,
): (string | undefined)[] {
  const { inputs: [a, b], outputs: [y], attributes } = node;
  const dy = beforeActivation(to, attributes.activation, y);
  return [a, b].map((operand, index) => {
    if (!to.wants(operand)) return undefined;
    const whole = index === 0
      ? leftGradient(node, to, dy)
      : rightGradient(node, to, dy);
    return sumToShape(to, whole, { node, shape: to.shape(operand) });
  });
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
    case "max":
    case "min":
      throw noGradient(node);
    default:
      return node.attributes.function satisfies never;
  }
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
    case "max":
    case "min":
      throw noGradient(node);
    default:
      return node.attributes.function satisfies never;
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
  BiasAdd: importBiasAdd,
  Sub: importerOf("sub"),
  Mul: importerOf("mul"),
  RealDiv: importerOf("div"),
  Maximum: importerOf("max"),
  Minimum: importerOf("min"),
};

/** The shape of what two shapes broadcast to. Throws an `InputError` if they do not. */
function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
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
    // Whole numbers are arithmetic on shapes, which is done during import.
    if (!inputs.every(({ constant, dtype }) => constant && dtype === "i32")) {
      for (const input of inputs) requireFloat(node, input);
    }
    const attributes = { function: name, activation: "none" } as const;
    return { kind: "node", op: "binary", inputs, attributes };
  };
}

const importAdd = importerOf("add");

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
