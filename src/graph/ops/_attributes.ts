/** Typed access to a TensorFlow node; every refusal names the node and its op. */
import { InputError } from "../../errors.ts";
import {
  type AttrValue,
  type AttrValues,
  dataTypes,
  type NodeDef,
} from "../graphdef.ts";
import { type DataType, elementCount, type Tensor } from "../ir.ts";

/** The error for a node that cannot be imported, with the reason. */
export function importError(
  node: Pick<NodeDef, "name" | "op">,
  reason: string,
): InputError {
  return new InputError(
    `Cannot import node "${node.name}" (op "${node.op}"): ${reason}`,
  );
}

/** The error for a node that computes with small whole numbers. */
export function quantizedError(node: NodeDef): InputError {
  return importError(
    node,
    "quantized graphs are not supported; use the float graph of the same model",
  );
}

/** The value of an attribute, or `undefined` where the node has none. */
export function attribute<K extends keyof AttrValues>(
  node: NodeDef,
  name: string,
  kind: K,
): AttrValues[K] | undefined {
  const found = node.attributes.get(name);
  if (!found) return undefined;
  if (!isKind(found, kind)) {
    throw importError(
      node,
      `attribute "${name}" is of kind ${found.kind}, expected ${kind}`,
    );
  }
  return found.value;
}

function isKind<K extends keyof AttrValues>(
  attribute: AttrValue,
  kind: K,
): attribute is AttrValue & { kind: K; value: AttrValues[K] } {
  return attribute.kind === kind;
}

/** A text attribute, or `fallback` where absent. */
export function textAttribute(
  node: NodeDef,
  name: string,
  fallback: string,
): string {
  const bytes = attribute(node, name, "bytes");
  return bytes?.length ? new TextDecoder().decode(bytes) : fallback;
}

/** A list of whole numbers, or `fallback` where absent or empty. */
export function intsAttribute(
  node: NodeDef,
  name: string,
  fallback: readonly number[],
): readonly number[] {
  const ints = attribute(node, name, "list")?.ints ?? [];
  return ints.length > 0 ? ints : fallback;
}

/** Throws unless a text attribute is `expected`, which is also its default. */
export function requireText(
  node: NodeDef,
  name: string,
  expected: string,
): void {
  const value = textAttribute(node, name, expected);
  if (value !== expected) {
    throw importError(node, `${name} "${value}", expected "${expected}"`);
  }
}

/**
 * Height and width of an NHWC list such as `[1, 2, 2, 1]`. Throws where the
 * batch or the channels are not 1.
 */
export function spatialAttribute(
  node: NodeDef,
  name: string,
  fallback?: readonly number[],
): { readonly height: number; readonly width: number } {
  const ints = intsAttribute(node, name, fallback ?? []);
  const [batch, height, width, channels] = ints;
  const valid = ints.length === 4 && batch === 1 && channels === 1 &&
    [height, width].every((size) => size >= 1 && size < 65536);
  if (!valid) {
    throw importError(
      node,
      `${name} [${
        ints.join(", ")
      }], expected [1, height, width, 1] with positive sizes`,
    );
  }
  return { height, width };
}

/** Our element type for a number of TensorFlow's; half and double become f32. */
export function dataTypeOf(node: NodeDef, dtype: number): DataType {
  switch (dtype) {
    case dataTypes.float:
    case dataTypes.double:
    case dataTypes.half:
    case dataTypes.bfloat16:
      return "f32";
    case dataTypes.int32:
    case dataTypes.int64:
      return "i32";
    case dataTypes.uint8:
      return "u8";
    case dataTypes.bool:
      return "bool";
    case dataTypes.string:
      return "string";
    case dataTypes.qint8:
    case dataTypes.quint8:
    case dataTypes.qint32:
    case dataTypes.qint16:
    case dataTypes.quint16:
      throw quantizedError(node);
    default:
      throw importError(
        node,
        `element type ${dtype} is not supported; supported are ${
          Object.keys(dataTypes).filter((name) => !/^qu?int/.test(name))
            .join(", ")
        }`,
      );
  }
}

/** Throws unless the node has between `least` and `most` [`least`] inputs. */
export function requireInputs(
  node: NodeDef,
  inputs: readonly Tensor[],
  least: number,
  most: number = least,
): void {
  if (inputs.length < least || inputs.length > most) {
    const expected = least === most ? least : `${least} to ${most}`;
    throw importError(node, `${inputs.length} inputs, expected ${expected}`);
  }
}

/** Throws unless a tensor has one of these ranks. */
export function requireRank(
  node: NodeDef,
  tensor: Tensor,
  ranks: readonly number[],
): void {
  if (!ranks.includes(tensor.shape.length)) {
    throw importError(
      node,
      `input "${tensor.name}" has shape [${
        tensor.shape.join(", ")
      }], expected rank ${ranks.join(" or ")}`,
    );
  }
}

/** Throws unless a tensor is of floats, which is all that kernels compute with. */
export function requireFloat(node: NodeDef, tensor: Tensor): void {
  if (tensor.dtype !== "f32") {
    throw importError(
      node,
      `input "${tensor.name}" has element type ${tensor.dtype}, expected f32`,
    );
  }
}

/** More than any shape, list of axes or paddings has. */
const maxKnownInts = 1024;

/** Whole numbers of an input that has to be known at import. */
export function knownInts(node: NodeDef, tensor: Tensor): readonly number[] {
  if (!tensor.constant || tensor.dtype !== "i32") {
    throw importError(
      node,
      `input "${tensor.name}" must be whole numbers that are known before the graph runs`,
    );
  }
  if (elementCount(tensor.shape) > maxKnownInts) {
    throw importError(
      node,
      `input "${tensor.name}" has shape [${
        tensor.shape.join(", ")
      }], expected ${maxKnownInts} numbers at most`,
    );
  }
  return [...tensor.constant.read()];
}

/** An axis counted from the start. Throws where it is outside the rank. */
export function resolveAxis(node: NodeDef, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved >= rank) {
    throw importError(node, `axis ${axis} is outside of rank ${rank}`);
  }
  return resolved;
}
