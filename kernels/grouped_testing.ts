/**
 * Shapes that the tests of convolutions in groups share.
 *
 * @module
 */
import fc from "fast-check";
import { windowShapes } from "./gradient_testing.ts";
import type { GroupedShape } from "./grouped_conv2d.ts";

/** Windows of any size over images of any size, with groups of a few channels. */
export const groupedShapes: fc.Arbitrary<GroupedShape> = fc.tuple(
  windowShapes,
  fc.constantFrom(1, 2, 3, 4, 5, 8),
  fc.constantFrom(1, 2, 3, 4, 5, 8, 12, 16, 20),
  fc.constantFrom(2, 3, 4),
).map(([window, inputs, outputs, groups]) => ({
  ...window,
  inChannels: inputs * groups,
  outChannels: outputs * groups,
  groups,
}));
