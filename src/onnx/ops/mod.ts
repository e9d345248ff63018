/**
 * ONNX's operations, by what they become. A new one is an entry in the file that
 * it belongs to.
 *
 * @module
 */
import type { OnnxOp } from "../op.ts";
import { ops as elementwise } from "./elementwise.ts";
import { ops as matrices } from "./matrices.ts";
import { ops as normalisations } from "./normalisations.ts";
import { ops as parts } from "./parts.ts";
import { ops as reductions } from "./reductions.ts";
import { ops as shapes } from "./shapes.ts";
import { ops as windows } from "./windows.ts";

/** All that are supported, by name. */
export const ops: ReadonlyMap<string, OnnxOp> = new Map(
  Object.entries({
    ...elementwise,
    ...matrices,
    ...normalisations,
    ...parts,
    ...reductions,
    ...shapes,
    ...windows,
  }),
);
