/**
 * Small frozen graphs that take pictures, for tests.
 *
 * @module
 */
import { testValues } from "../../kernels/testing.ts";
import {
  constantNode,
  floatConstant,
  graphOf,
  intConstant,
  ints,
  node,
  placeholder,
  text,
} from "../graph/testing.ts";
import { dataTypes, encodeGraphDef, type NodeDef } from "../graph/graphdef.ts";

/** From the contents of a file to `resized`, `(1, size, size, 3)`. */
export function pictureNodes(
  { size = 8, dctMethod = "INTEGER_ACCURATE" }: {
    readonly size?: number;
    readonly dctMethod?: string;
  } = {},
): NodeDef[] {
  return [
    node("Placeholder", "contents", {
      attributes: { dtype: { kind: "type", value: dataTypes.string } },
    }),
    node("DecodeJpeg", "decoded", {
      inputs: ["contents"],
      attributes: {
        channels: { kind: "int", value: 3 },
        dct_method: text(dctMethod),
      },
    }),
    node("Cast", "cast", {
      inputs: ["decoded"],
      attributes: { DstT: { kind: "type", value: dataTypes.float } },
    }),
    intConstant("first_axis", 0),
    node("ExpandDims", "expanded", { inputs: ["cast", "first_axis"] }),
    intConstant("size", [size, size]),
    node("ResizeBilinear", "resized", { inputs: ["expanded", "size"] }),
  ];
}

/**
 * From `x`, pictures of 3 channels, to `features`, `(1, 5)`: a convolution, an
 * average over height and width and a reshape with a baked batch.
 */
export function featureNodes(x: string, size = 8): NodeDef[] {
  const strides = { strides: ints(1, 1, 1, 1), padding: text("SAME") };
  return [
    constantNode("filter", [3, 3, 3, 5], testValues(135)),
    node("Conv2D", "conv", { inputs: [x, "filter"], attributes: strides }),
    floatConstant("bias", [0.1, -0.2, 0.3, 0, 0.5]),
    node("BiasAdd", "sum", { inputs: ["conv", "bias"] }),
    node("Relu", "relu", { inputs: ["sum"] }),
    node("AvgPool", "pool", {
      inputs: ["relu"],
      attributes: {
        ksize: ints(1, size, size, 1),
        strides: ints(1, 1, 1, 1),
        padding: text("VALID"),
      },
    }),
    intConstant("row", [1, 5]),
    node("Reshape", "features", { inputs: ["pool", "row"] }),
  ];
}

/** A graph that decodes and resizes its pictures, as a file. */
export function pictureGraph(
  options: Parameters<typeof pictureNodes>[0] = {},
): Uint8Array {
  const nodes = [
    ...pictureNodes(options),
    floatConstant("mean", 128),
    node("Sub", "centred", { inputs: ["resized", "mean"] }),
    floatConstant("scale", 1 / 128),
    node("Mul", "scaled", { inputs: ["centred", "scale"] }),
    ...featureNodes("scaled", options.size),
  ];
  return encodeGraphDef(graphOf(...nodes));
}

/** The same features of a placeholder called `name`, as a file. */
export function placeholderGraph(
  { name = "input", shape = [-1, 8, 8, 3] }: {
    readonly name?: string;
    readonly shape?: readonly number[];
  } = {},
): Uint8Array {
  return encodeGraphDef(
    graphOf(placeholder(name, shape), ...featureNodes(name)),
  );
}
