/**
 * The pixels of an image file, `[contents]`: u8 RGB of shape
 * `[height, width, 3]`, both unknown until an image is there.
 */
import { dataTypes, type NodeDef } from "../graphdef.ts";
import type { Tensor } from "../ir.ts";
import {
  attribute,
  importError,
  requireInputs,
  textAttribute,
} from "./_attributes.ts";
import { type ImportedNode, notDifferentiable, type OpRule } from "./_rule.ts";

/** What the graph asks of the decoder. */
export interface DecodeImageAttributes {
  /** Red, green and blue. */
  readonly channels: 3;
  /** How JPEG coefficients become samples; where a graph does not say, TensorFlow does `INTEGER_FAST`. */
  readonly dctMethod: "INTEGER_ACCURATE" | "INTEGER_FAST";
  /** What the op is named after; files are decoded by content all the same. */
  readonly format: "jpeg" | "png";
}

export const rule: OpRule<"decode_image"> = {
  shape: (_inputs, { channels }) => [[-1, -1, channels]],
  dtype: () => "u8",
  gradient: notDifferentiable,
};

export const importers = {
  DecodeJpeg: importDecodeJpeg,
  DecodePng: importDecodePng,
};

function importDecodeJpeg(
  node: NodeDef,
  inputs: readonly Tensor[],
): ImportedNode {
  const ratio = attribute(node, "ratio", "int") ?? 1;
  if (ratio !== 1) throw importError(node, `ratio ${ratio}, expected 1`);
  if (!(attribute(node, "fancy_upscaling", "bool") ?? true)) {
    throw importError(node, "fancy_upscaling false, expected true");
  }
  return decodeImage(node, inputs, {
    dctMethod: dctMethodOf(node),
    format: "jpeg",
  });
}

function importDecodePng(
  node: NodeDef,
  inputs: readonly Tensor[],
): ImportedNode {
  const dtype = attribute(node, "dtype", "type") ?? dataTypes.uint8;
  if (dtype !== dataTypes.uint8) {
    throw importError(node, "dtype uint16, expected uint8");
  }
  return decodeImage(node, inputs, {
    dctMethod: tensorflowsChoice,
    format: "png",
  });
}

const tensorflowsChoice = "INTEGER_FAST";

function dctMethodOf(node: NodeDef): DecodeImageAttributes["dctMethod"] {
  const name = textAttribute(node, "dct_method", "") || tensorflowsChoice;
  if (name === "INTEGER_ACCURATE" || name === "INTEGER_FAST") return name;
  throw importError(
    node,
    `dct_method "${name}", expected INTEGER_ACCURATE or INTEGER_FAST`,
  );
}

function decodeImage(
  node: NodeDef,
  inputs: readonly Tensor[],
  options: Omit<DecodeImageAttributes, "channels">,
): ImportedNode {
  requireInputs(node, inputs, 1);
  if (inputs[0].dtype !== "string") {
    throw importError(node, "its input is not the contents of a file");
  }
  const channels = attribute(node, "channels", "int") ?? 0;
  // 0 means "as many as the file has", which is 3 for photographs.
  if (channels !== 3 && channels !== 0) {
    throw importError(node, `channels ${channels}, expected 3`);
  }
  const attributes = { channels: 3, ...options } as const;
  return { kind: "node", op: "decode_image", inputs, attributes };
}
