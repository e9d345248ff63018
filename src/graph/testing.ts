/**
 * Small graphs, as TensorFlow would write them, for tests.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { makeNode, typeAttribute } from "./make_node.ts";
import {
  type AttrValue,
  dataTypes,
  type GraphDef,
  type NodeDef,
  type PartialShape,
} from "./graphdef.ts";

export { constantNode, floatConstant, intConstant, ints } from "./make_node.ts";

/** The message of the `InputError` that `act` throws; fails on anything else. */
export function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error("expected an InputError, nothing was thrown");
}

/** A graph of these nodes. */
export function graphOf(...nodes: readonly NodeDef[]): GraphDef {
  return { nodes, producer: 27 };
}

/** A node with inputs, and attributes by name. */
export function node(
  op: string,
  name: string,
  options: {
    readonly inputs?: readonly string[];
    readonly attributes?: Readonly<Record<string, AttrValue>>;
  } = {},
): NodeDef {
  const attributes = Object.entries(options.attributes ?? {});
  return makeNode(op, name, options.inputs ?? [], attributes);
}

/** A placeholder of floats. */
export function placeholder(name: string, shape: PartialShape): NodeDef {
  return makeNode("Placeholder", name, [], [
    typeAttribute("dtype", dataTypes.float),
    ["shape", { kind: "shape", value: shape }],
  ]);
}

/** A text attribute. */
export function text(value: string): AttrValue {
  return { kind: "bytes", value: new TextEncoder().encode(value) };
}
