/**
 * Maximum and average over a window, `[x (n, h, w, c)]`. Padding is left out
 * of both: an average divides by the number of pixels that are there.
 */
import type { NodeDef } from "../graphdef.ts";
import { type Pads, resolvePads, type Size } from "../geometry.ts";
import type { Shape, Tensor } from "../ir.ts";
import {
  requireFloat,
  requireInputs,
  requireRank,
  requireText,
  spatialAttribute,
} from "./_attributes.ts";
import type { ImportedNode, OpRule } from "./_rule.ts";
import { imageSize, outputSize, paddingOf } from "./_window.ts";

/** How a window moves over an image. */
export interface PoolAttributes {
  readonly window: Size;
  readonly strides: Size;
  readonly pads: Pads;
}

const noDilation: Size = { height: 1, width: 1 };

/** `max_pool` for the typed table. */
export const maxPoolRule: OpRule<"max_pool"> = { shape: pooledShape };

/** `avg_pool` for the typed table. */
export const avgPoolRule: OpRule<"avg_pool"> = { shape: pooledShape };

/** Importers of TensorFlow's pools. */
export const poolImporters = { MaxPool: importMaxPool, AvgPool: importAvgPool };

function pooledShape(
  [image]: readonly Tensor[],
  attributes: PoolAttributes,
): Shape[] {
  const [batch, , , channels] = image.shape;
  const geometry = { ...attributes, dilations: noDilation };
  const { height, width } = outputSize(image, attributes.pads, geometry);
  return [[batch, height, width, channels]];
}

function importMaxPool(node: NodeDef, inputs: readonly Tensor[]): ImportedNode {
  const attributes = poolAttributes(node, inputs);
  return { kind: "node", op: "max_pool", inputs, attributes };
}

function importAvgPool(node: NodeDef, inputs: readonly Tensor[]): ImportedNode {
  const attributes = poolAttributes(node, inputs);
  return { kind: "node", op: "avg_pool", inputs, attributes };
}

function poolAttributes(
  node: NodeDef,
  inputs: readonly Tensor[],
): PoolAttributes {
  requireInputs(node, inputs, 1);
  requireFloat(node, inputs[0]);
  requireRank(node, inputs[0], [4]);
  requireText(node, "data_format", "NHWC");
  const window = spatialAttribute(node, "ksize");
  const strides = spatialAttribute(node, "strides");
  const geometry = { window, strides, dilations: noDilation };
  const pads = resolvePads(imageSize(inputs[0]), paddingOf(node), geometry);
  return { window, strides, pads };
}
