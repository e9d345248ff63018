/**
 * What TensorFlow computes for graphs as people freeze them (made by `graphs.py`).
 *
 * @module
 */
import attention from "./graphs/attention.json" with { type: "json" };
import binary from "./graphs/binary.json" with { type: "json" };
import blocks from "./graphs/blocks.json" with { type: "json" };
import channelsFirst from "./graphs/channels_first.json" with { type: "json" };
import flow from "./graphs/flow.json" with { type: "json" };
import groups from "./graphs/groups.json" with { type: "json" };
import reduce from "./graphs/reduce.json" with { type: "json" };
import repeats from "./graphs/repeats.json" with { type: "json" };
import shapes from "./graphs/shapes.json" with { type: "json" };
import slices from "./graphs/slices.json" with { type: "json" };
import transpose from "./graphs/transpose.json" with { type: "json" };
import unary from "./graphs/unary.json" with { type: "json" };
import { type GoldenCase, goldenCase } from "./ops.ts";

/** The cases by kind. */
export const goldenGraphs: Readonly<Record<string, readonly GoldenCase[]>> = {
  attention: attention.map(goldenCase),
  binary: binary.map(goldenCase),
  blocks: blocks.map(goldenCase),
  channels_first: channelsFirst.map(goldenCase),
  flow: flow.map(goldenCase),
  groups: groups.map(goldenCase),
  reduce: reduce.map(goldenCase),
  repeats: repeats.map(goldenCase),
  shapes: shapes.map(goldenCase),
  slices: slices.map(goldenCase),
  transpose: transpose.map(goldenCase),
  unary: unary.map(goldenCase),
};
