/**
 * Images in blocks: `space_to_batch` makes an image of each place in a block,
 * `batch_to_space` puts them together again, `[x]`. TensorFlow writes dilated
 * convolutions so.
 */
import { stridedCall, stridedCopy } from "../../../kernels/strided_copy.ts";
import { InputError } from "../../errors.ts";
import type { Size } from "../geometry.ts";
import type { NodeDef } from "../graphdef.ts";
import type { Tensor } from "../ir.ts";
import {
  attribute,
  importError,
  knownInts,
  requireFloat,
  requireInputs,
  requireRank,
} from "./_attributes.ts";
import { dispatchNode } from "./_lowering.ts";
import {
  type ImportedNode,
  notDifferentiable,
  type OpImporter,
  type OpRule,
} from "./_rule.ts";
import { reshape } from "./reshape.ts";

/** Height and width of a block. */
export interface BlockAttributes {
  /** In pixels. */
  readonly block: Size;
}

export const spaceToBatchRule: OpRule<"space_to_batch"> = {
  shape([{ name, shape: [batch, ...size] }], { block }) {
    const [height, width, channels] = [
      size[0] / block.height,
      size[1] / block.width,
      size[2],
    ];
    if (!Number.isInteger(height) || !Number.isInteger(width)) {
      throw new InputError(
        `images of ${size[0]}x${
          size[1]
        } in "${name}" are no blocks of ${block.height}x${block.width}`,
      );
    }
    return [[batch * block.height * block.width, height, width, channels]];
  },
  lower(node, to) {
    const { inputs: [x], outputs: [y], attributes: { block } } = node;
    const [batch, inHeight, inWidth, channels] = to.shape(x);
    const [, height, width] = to.shape(y);
    const row = inWidth * channels;
    return dispatchNode(stridedCopy, node, {
      to,
      ...stridedCall({
        shape: [block.height, block.width, batch, height, width, channels],
        strides: [
          ...[row, channels, inHeight * row],
          ...[block.height * row, block.width * channels, 1],
        ],
      }),
    });
  },
  gradient: notDifferentiable,
};

export const batchToSpaceRule: OpRule<"batch_to_space"> = {
  shape([{ name, shape: [batch, height, width, channels] }], { block }) {
    const images = batch / (block.height * block.width);
    if (!Number.isInteger(images)) {
      throw new InputError(
        `${batch} images of "${name}" are no blocks of ${block.height}x${block.width}`,
      );
    }
    return [[images, height * block.height, width * block.width, channels]];
  },
  lower(node, to) {
    const { inputs: [x], outputs: [y], attributes: { block } } = node;
    const [, height, width, channels] = to.shape(x);
    const [images] = to.shape(y);
    const image = height * width * channels;
    return dispatchNode(stridedCopy, node, {
      to,
      ...stridedCall({
        shape: [images, height, block.height, width, block.width, channels],
        strides: [
          ...[image, width * channels, block.width * images * image],
          ...[channels, images * image, 1],
        ],
      }),
    });
  },
  gradient: notDifferentiable,
};

export const importers = {
  SpaceToBatchND: importerOf("space_to_batch"),
  BatchToSpaceND: importerOf("batch_to_space"),
  SpaceToBatch: importerOf("space_to_batch"),
  BatchToSpace: importerOf("batch_to_space"),
};

/** Borders are put around before, or cut off afterwards. */
function importerOf(op: "space_to_batch" | "batch_to_space"): OpImporter {
  return (node, inputs, { add }): ImportedNode => {
    const { x, block, borders } = blocksOf(node, inputs);
    const isLine = x.shape.length === 3;
    const images = isLine ? add(reshape(x, x.shape.toSpliced(2, 0, 1))) : x;
    const blocks = (of: Tensor): ImportedNode => ({
      kind: "node",
      op,
      inputs: [of],
      attributes: { block },
    });
    const made = op === "space_to_batch"
      ? blocks(add(bordered(images, borders)))
      : bordered(add(blocks(images)), borders.map((width) => -width));
    if (!isLine) return made;
    const last = add(made);
    return reshape(last, last.shape.toSpliced(2, 1));
  };
}

/** Zeros around images; what is below 0 is cut off. */
function bordered(x: Tensor, borders: readonly number[]): ImportedNode {
  const [top, bottom, left, right] = borders;
  return {
    kind: "node",
    op: "pad",
    inputs: [x],
    attributes: {
      paddings: [[0, 0], [top, bottom], [left, right], [0, 0]],
      value: 0,
    },
  };
}

function blocksOf(
  node: NodeDef,
  inputs: readonly Tensor[],
): {
  readonly x: Tensor;
  readonly block: Size;
  /** Above, below, left and right of the images. */
  readonly borders: readonly number[];
} {
  const size = attribute(node, "block_size", "int");
  requireInputs(node, inputs, size === undefined ? 3 : 2);
  const [x, ...others] = inputs;
  requireFloat(node, x);
  requireRank(node, x, [3, 4]);
  const known = others.map((other) => knownInts(node, other));
  const blocks = size === undefined ? known[0] : [size, size];
  const borders = known[known.length - 1];
  const fits = blocks.every((length) => length >= 1 && length < 65536) &&
    (blocks.length === 1 || blocks.length === 2 && x.shape.length === 4) &&
    borders.length === 2 * blocks.length &&
    borders.every((width) => width >= 0 && width < 65536);
  if (!fits) {
    throw importError(
      node,
      `blocks of [${blocks.join(", ")}] with borders [${
        borders.join(", ")
      }], expected those of height and width, or of a length`,
    );
  }
  const [height, width = 1] = blocks;
  const [top, bottom, left = 0, right = 0] = borders;
  return { x, block: { height, width }, borders: [top, bottom, left, right] };
}
