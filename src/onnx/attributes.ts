/**
 * Typed access to the attributes of an ONNX node.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import type { OnnxAttribute, OnnxAttributeValues, OnnxNode } from "./model.ts";

/**
 * The value of an attribute, or `undefined` where the node has none.
 *
 * @throws {InputError} if it is of another kind
 */
export function attribute<K extends keyof OnnxAttributeValues>(
  { attributes }: Pick<OnnxNode, "attributes">,
  name: string,
  kind: K,
): OnnxAttributeValues[K] | undefined {
  const found = attributes.get(name);
  if (!found) return undefined;
  if (isKind(found, kind)) return found.value;
  throw new InputError(
    `attribute "${name}" is of kind ${found.kind}, expected ${kind}`,
  );
}

function isKind<K extends keyof OnnxAttributeValues>(
  attribute: OnnxAttribute,
  kind: K,
): attribute is OnnxAttribute & { kind: K; value: OnnxAttributeValues[K] } {
  return attribute.kind === kind;
}

/** A text attribute, or `fallback` where absent. */
export function textAttribute(
  node: Pick<OnnxNode, "attributes">,
  name: string,
  fallback: string,
): string {
  const bytes = attribute(node, name, "bytes");
  return bytes ? new TextDecoder().decode(bytes) : fallback;
}

/** A flag, which ONNX keeps as a number. */
export function flag(
  node: Pick<OnnxNode, "attributes">,
  name: string,
  fallback = false,
): boolean {
  return (attribute(node, name, "int") ?? Number(fallback)) !== 0;
}
