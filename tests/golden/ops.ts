/**
 * What TensorFlow computes for small graphs of one op each (made by `ops.py`).
 *
 * @module
 */
import batchNorm from "./ops/batch_norm.json" with { type: "json" };
import binary from "./ops/binary.json" with { type: "json" };
import concat from "./ops/concat.json" with { type: "json" };
import conv2d from "./ops/conv2d.json" with { type: "json" };
import depthwiseConv2d from "./ops/depthwise_conv2d.json" with { type: "json" };
import matmul from "./ops/matmul.json" with { type: "json" };
import mean from "./ops/mean.json" with { type: "json" };
import pad from "./ops/pad.json" with { type: "json" };
import pool from "./ops/pool.json" with { type: "json" };
import reshape from "./ops/reshape.json" with { type: "json" };
import resizeBilinear from "./ops/resize_bilinear.json" with { type: "json" };
import softmax from "./ops/softmax.json" with { type: "json" };
import unary from "./ops/unary.json" with { type: "json" };

/** A tensor in full, row-major. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** One graph with what is fed and what TensorFlow made of it. */
export interface GoldenCase {
  readonly name: string;
  /** A frozen GraphDef, base64. */
  readonly graph: string;
  readonly feeds: Readonly<Record<string, GoldenTensor>>;
  /** The tensor to compute. */
  readonly fetch: string;
  readonly output: GoldenTensor;
}

/** The cases by op. */
export const goldenOps: Readonly<Record<string, readonly GoldenCase[]>> = {
  batch_norm: batchNorm.map(goldenCase),
  binary: binary.map(goldenCase),
  concat: concat.map(goldenCase),
  conv2d: conv2d.map(goldenCase),
  depthwise_conv2d: depthwiseConv2d.map(goldenCase),
  matmul: matmul.map(goldenCase),
  mean: mean.map(goldenCase),
  pad: pad.map(goldenCase),
  pool: pool.map(goldenCase),
  reshape: reshape.map(goldenCase),
  resize_bilinear: resizeBilinear.map(goldenCase),
  softmax: softmax.map(goldenCase),
  unary: unary.map(goldenCase),
};

/** A case as JSON types it: an entry for each name that any case feeds. */
interface RawCase extends Omit<GoldenCase, "feeds"> {
  readonly feeds: Readonly<Record<string, GoldenTensor | undefined>>;
}

export function goldenCase(raw: RawCase): GoldenCase {
  const feeds: Record<string, GoldenTensor> = {};
  for (const [name, feed] of Object.entries(raw.feeds)) {
    if (feed) feeds[name] = feed;
  }
  return { ...raw, feeds };
}
