/** What a placeholder is fed with, by the file and by the caller. */
import { dataTypes, type NodeDef, type PartialShape } from "./graphdef.ts";
import type { DataType, Shape } from "./ir.ts";
import { attribute, dataTypeOf, importError } from "./ops/_attributes.ts";

/**
 * The shape to import a placeholder with. An unknown batch is 1, a known one
 * stays: the graph may have it baked in elsewhere, and a pass lifts all of it.
 *
 * @param declared What the file says.
 * @param given What the caller says; the batch only where it `takesBatch`.
 */
export function placeholderShape(
  node: NodeDef,
  { declared, given, takesBatch }: {
    readonly declared: PartialShape;
    readonly given: Shape | undefined;
    readonly takesBatch: boolean;
  },
): Shape {
  const isImages = given?.length === 4;
  const isTruth = attribute(node, "dtype", "type") === dataTypes.bool;
  const known = declared ?? (isTruth && !given ? [] : declared);
  const partial = known ?? (isImages ? [-1, -1, -1, -1] : given);
  if (!partial) {
    throw importError(
      node,
      `the file does not tell its shape; give it, or its only value by --set ${node.name}=VALUE`,
    );
  }
  if (given && given.length !== partial.length) {
    throw importError(node, mismatch(partial, given));
  }
  return partial.map((size, axis) => {
    if (axis === 0) return size < 0 ? takesBatch && given?.[0] || 1 : size;
    const wanted = given?.[axis];
    if (size < 0 && wanted === undefined) {
      throw importError(
        node,
        `its shape is ${printed(partial)}; give the sizes that are open`,
      );
    }
    if (size >= 0 && wanted !== undefined && wanted !== size) {
      throw importError(node, mismatch(partial, given ?? []));
    }
    return size < 0 ? wanted ?? size : size;
  });
}

function mismatch(declared: readonly number[], given: Shape): string {
  return `its shape is ${printed(declared)}, which [${
    given.join(", ")
  }] does not fit`;
}

function printed(shape: readonly number[]): string {
  return `[${shape.map((size) => size < 0 ? "?" : size).join(", ")}]`;
}

/** The element type of a tensor that is fed though the graph could compute it. */
export function cutType(node: NodeDef): DataType {
  if (["DecodeJpeg", "DecodePng"].includes(node.op)) return "u8";
  if (node.op !== "PlaceholderWithDefault") return "f32";
  return dataTypeOf(node, attribute(node, "dtype", "type") ?? dataTypes.float);
}
