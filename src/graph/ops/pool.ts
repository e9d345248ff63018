/**
 * Maximum and average over a window, `[x (n, h, w, c)]`. Padding is left out
 * of both: an average divides by the number of pixels that are there.
 *
 * `max_pool_gradient`: `[dy, x, y]`, of which the first maximum of a window
 * takes all; `avg_pool_gradient`: `[dy]`.
 */
import type { ActivationFunction } from "../../../kernels/activation.ts";
import { pool } from "../../../kernels/pool.ts";
import {
  poolGradient,
  poolGradientVariant,
} from "../../../kernels/pool_gradient.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import type { Pads, Size } from "../geometry.ts";
import type { NodeOf, Shape, Tensor } from "../ir.ts";
import { spatialAttribute } from "./_attributes.ts";
import { ofEitherFormat } from "./_channels_first.ts";
import { addWanted } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import {
  type ImportedNode,
  notDifferentiable,
  type OpImporter,
  type OpRule,
} from "./_rule.ts";
import {
  noDilation,
  outputSize,
  padsOf,
  requireImages,
  windowShape,
} from "./_window.ts";

/** The maximum of nothing, and none of a border of this: the lowest number of f32. */
export const lowest = -3.4028234663852886e38;

/** How a window moves over an image. */
export interface PoolAttributes {
  /** Size of the window, in pixels. */
  readonly window: Size;
  /** Steps from one window to the next, in pixels. */
  readonly strides: Size;
  /** Pixels around the image that do not count. */
  readonly pads: Pads;
  /** Whether a maximum leaves NaN out for sure [false]. */
  readonly skipsNan?: boolean;
}

export const maxPoolRule: OpRule<"max_pool"> = {
  shape: pooledShape,
  lower: (node, to) => lower(node, to, "max"),
  gradient: ({ inputs: [x], outputs: [y], attributes }, to) => [
    addWanted(to, x, {
      op: "max_pool_gradient",
      inputs: [to.outputGradient, x, y],
      attributes: { ...attributes, shape: to.shape(x) },
    }),
  ],
};

export const avgPoolRule: OpRule<"avg_pool"> = {
  shape: pooledShape,
  lower: (node, to) => lower(node, to, "average"),
  gradient: ({ inputs: [x], attributes }, to) => [
    addWanted(to, x, {
      op: "avg_pool_gradient",
      inputs: [to.outputGradient],
      attributes: { ...attributes, shape: to.shape(x) },
    }),
  ],
};

export const importers = {
  MaxPool: ofEitherFormat(importerOf("max_pool")),
  AvgPool: ofEitherFormat(importerOf("avg_pool")),
};

function pooledShape(
  [image]: readonly Tensor[],
  attributes: PoolAttributes,
): Shape[] {
  const [batch, , , channels] = image.shape;
  const geometry = { ...attributes, dilations: noDilation };
  const { height, width } = outputSize(image, attributes.pads, geometry);
  return [[batch, height, width, channels]];
}

function importerOf(op: "max_pool" | "avg_pool"): OpImporter {
  return (node, inputs): ImportedNode => {
    requireImages(node, inputs, 1);
    const window = spatialAttribute(node, "ksize");
    const strides = spatialAttribute(node, "strides");
    const geometry = { window, strides, dilations: noDilation };
    const pads = padsOf(node, inputs[0], geometry);
    return { kind: "node", op, inputs, attributes: { window, strides, pads } };
  };
}

function lower(
  node: NodeOf<"max_pool" | "avg_pool">,
  to: Lowering,
  kind: "max" | "average",
): Step[] {
  const { inputs: [x], outputs: [y], attributes } = node;
  const [image, output] = [to.shape(x), to.shape(y)];
  const { skipsNan } = attributes;
  const { dilationHeight: _height, dilationWidth: _width, ...moving } =
    windowShape({ ...attributes, dilations: noDilation }, { image, output });
  const [, , , channels] = image;
  const { stride, offset } = to.place(y);
  const vector = vectorWidth(channels, stride, offset);
  return dispatchNode(pool, node, {
    to,
    params: { ...moving, channels, yStride: stride, yOffset: offset },
    variant: { kind, vector, ...skipsNan && { skipsNan } },
  });
}

/** How the window moved, and over what. */
export interface PoolGradientAttributes extends PoolAttributes {
  /** Shape of the image that was pooled. */
  readonly shape: Shape;
  /** Of a maximum, the activation that made the image, through whose slope the gradient goes too [none]. */
  readonly activation?: ActivationFunction;
}

export const maxPoolGradientRule: OpRule<"max_pool_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower: (node, to) => lowerGradient(node, to, "max"),
  gradient: notDifferentiable,
};

export const avgPoolGradientRule: OpRule<"avg_pool_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower: (node, to) => lowerGradient(node, to, "average"),
  gradient: notDifferentiable,
};

function lowerGradient(
  node: NodeOf<"max_pool_gradient" | "avg_pool_gradient">,
  to: Lowering,
  kind: "max" | "average",
): Step[] {
  const { attributes, attributes: { shape } } = node;
  const params = {
    ...windowShape(
      { ...attributes, dilations: noDilation },
      { image: shape, output: to.shape(node.inputs[0]) },
    ),
    channels: shape[3],
  };
  const { activation } = attributes;
  const variant = poolGradientVariant(params, { kind, activation });
  const used = Object.keys(poolGradient.reads(variant)).length;
  const inputs = node.inputs.slice(0, used);
  return dispatchNode(poolGradient, { ...node, inputs }, {
    to,
    params,
    variant,
  });
}
