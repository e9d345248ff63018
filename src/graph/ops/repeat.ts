/** Tensors that are repeated or mirrored along axes: parts of them, joined. */
import type { NodeDef } from "../graphdef.ts";
import type { Tensor } from "../ir.ts";
import {
  importError,
  knownInts,
  requireFloat,
  requireInputs,
  resolveAxis,
  textAttribute,
} from "./_attributes.ts";
import { broadcastShapes } from "./binary.ts";
import { reshape } from "./reshape.ts";
import type { ImportContext, Imported, ImportedNode } from "./_rule.ts";

/** Copies of a tensor: more than any network makes. */
const mostCopies = 65536;

export const importers = {
  Tile: importTile,
  BroadcastTo: importBroadcastTo,
  ReverseV2: importReverse,
  MirrorPad: importMirrorPad,
};

function importTile(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): Imported {
  requireInputs(node, inputs, 2);
  const [x, multiples] = inputs;
  requireFloat(node, x);
  const times = knownInts(node, multiples);
  const fits = times.length === x.shape.length &&
    times.every((count) => count >= 1 && count <= mostCopies);
  if (!fits) {
    throw importError(
      node,
      `it is repeated [${
        times.join(", ")
      }] times, expected 1 to ${mostCopies} for each of ${x.shape.length} axes`,
    );
  }
  return { kind: "alias", of: tiled(x, times, add) };
}

function tiled(
  x: Tensor,
  times: readonly number[],
  add: ImportContext["add"],
): Tensor {
  return times.reduce(
    (of, count, axis) =>
      count === 1 ? of : add({
        kind: "node",
        op: "tile",
        inputs: [of],
        attributes: { axis, times: count },
      }),
    x,
  );
}

function importBroadcastTo(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): Imported {
  requireInputs(node, inputs, 2);
  const [x, target] = inputs;
  requireFloat(node, x);
  const shape = knownInts(node, target);
  const whole = broadcastShapes(x.shape, shape);
  const isSound = shape.every((size) => size >= 1);
  if (!isSound || whole.join() !== shape.join()) {
    throw importError(
      node,
      `[${x.shape.join(", ")}] does not repeat to [${shape.join(", ")}]`,
    );
  }
  const missing = shape.length - x.shape.length;
  const before = [...Array<number>(missing).fill(1), ...x.shape];
  const times = shape.map((size, axis) => size / before[axis]);
  const of = missing === 0 ? x : add(reshape(x, before));
  return { kind: "alias", of: tiled(of, times, add) };
}

function importReverse(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): Imported {
  requireInputs(node, inputs, 2);
  const [x, dimensions] = inputs;
  requireFloat(node, x);
  let of = x;
  for (const given of knownInts(node, dimensions)) {
    const axis = resolveAxis(node, given, x.shape.length);
    const size = x.shape[axis];
    of = add(backwards(of, { axis, offset: size - 1, size }));
  }
  return { kind: "alias", of };
}

function importMirrorPad(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): Imported {
  requireInputs(node, inputs, 2);
  const [x, widths] = inputs;
  requireFloat(node, x);
  // REFLECT leaves the edge itself out, SYMMETRIC repeats it.
  const skipped = textAttribute(node, "mode", "REFLECT") === "REFLECT" ? 1 : 0;
  const pads = knownInts(node, widths);
  const fits = pads.length === 2 * x.shape.length &&
    pads.every((width, at) =>
      width >= 0 && width + skipped <= x.shape[Math.floor(at / 2)]
    );
  if (!fits) {
    throw importError(
      node,
      `paddings [${pads.join(", ")}] do not fit [${x.shape.join(", ")}]`,
    );
  }
  let of = x;
  for (const [axis, length] of x.shape.entries()) {
    const [before, after] = pads.slice(2 * axis);
    const first = { axis, offset: before - 1 + skipped, size: before };
    const last = { axis, offset: length - 1 - skipped, size: after };
    const parts = [
      ...before > 0 ? [add(backwards(of, first))] : [],
      of,
      ...after > 0 ? [add(backwards(of, last))] : [],
    ];
    if (parts.length > 1) of = add(joined(parts, axis));
  }
  return { kind: "alias", of };
}

function joined(inputs: readonly Tensor[], axis: number): ImportedNode {
  return { kind: "node", op: "concat", inputs, attributes: { axis } };
}

/** A part of an axis, the last of it first. */
function backwards(
  x: Tensor,
  part: {
    readonly axis: number;
    readonly offset: number;
    readonly size: number;
  },
): ImportedNode {
  const attributes = { ...part, step: -1 };
  return { kind: "node", op: "slice", inputs: [x], attributes };
}
