/** What is fed: placeholders, and tensors inside of a graph that is cut there. */
import { InputError } from "../errors.ts";
import type { NodeDef, PartialShape } from "./graphdef.ts";
import type { DataType, Shape } from "./ir.ts";
import { importError } from "./ops/_attributes.ts";

/** Whether a node stands for a value that is fed anyway. */
export function isPlaceholder(node: NodeDef): boolean {
  return node.op === "Placeholder";
}

/** The element type of a tensor that is fed though the graph could compute it. */
export function cutType(node: NodeDef): DataType {
  return ["DecodeJpeg", "DecodePng"].includes(node.op) ? "u8" : "f32";
}

/**
 * Throws unless a shape that the caller gives is usable.
 *
 * @param name The input, for the message.
 */
export function checkGivenShape(name: string, shape: Shape): void {
  if (!shape.every((size) => Number.isInteger(size) && size >= 1)) {
    throw new InputError(
      `The shape [${
        shape.join(", ")
      }] given for input "${name}" is not usable, expected whole numbers of 1 and more`,
    );
  }
}

/**
 * The shape to import a placeholder with. An unknown batch is 1, a known one
 * stays: the graph may have it baked in elsewhere, and a pass lifts all of it.
 *
 * @param declared What the file says.
 * @param given What the caller says.
 */
export function placeholderShape(
  node: NodeDef,
  declared: PartialShape,
  given: Shape | undefined,
): Shape {
  const isImages = given?.length === 4;
  const partial = declared ?? (isImages ? [-1, -1, -1, -1] : given);
  if (!partial) {
    throw importError(node, "the file does not tell its shape; give it");
  }
  if (given && given.length !== partial.length) {
    throw importError(node, mismatch(partial, given));
  }
  return partial.map((size, axis) => {
    if (axis === 0) return size < 0 ? 1 : size;
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
