import { strictEqual } from "@std/assert";
import { type AttrValue, dataTypes } from "../graphdef.ts";
import { importGraph } from "../import.ts";
import {
  constantNode,
  floatConstant,
  graphOf,
  intConstant,
  ints,
  node,
  placeholder,
  refusalOf,
  text,
} from "../testing.ts";

/** A way to build a node wrong, and what is said about it. */
interface Refusal {
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, AttrValue>>;
  readonly says: string;
}

const one = ints(1, 1, 1, 1);
const same = text("SAME");
const yes = { kind: "bool", value: true } as const;

function int(value: number): AttrValue {
  return { kind: "int", value };
}

const refusals: readonly Refusal[] = [
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: one, padding: same, data_format: text("CHWN") },
    says: 'data_format "CHWN", expected "NHWC"',
  },
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: ints(1, 1, 1, 2), padding: same },
    says:
      "strides [1, 1, 1, 2], expected [1, height, width, 1] with positive sizes",
  },
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: ints(1, 0, 1, 1), padding: same },
    says:
      "strides [1, 0, 1, 1], expected [1, height, width, 1] with positive sizes",
  },
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: one, padding: text("FULL") },
    says: 'padding "FULL", expected "SAME", "VALID" or "EXPLICIT"',
  },
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: one, padding: text("EXPLICIT") },
    says:
      "explicit_paddings [], expected [0, 0, top, bottom, left, right, 0, 0]",
  },
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: text("1"), padding: same },
    says: 'attribute "strides" is of kind bytes, expected list',
  },
  {
    op: "Conv2D",
    inputs: ["images", "wide"],
    attributes: { strides: one, padding: same },
    says: 'filter [1, 1, 5, 2] expects 5 channels, input "images" has 3',
  },
  {
    op: "Conv2D",
    inputs: ["images", "tall"],
    attributes: { strides: one, padding: text("VALID") },
    says: 'a window of 9x1 does not fit into "images" of shape [1, 4, 4, 3]',
  },
  {
    op: "Conv2D",
    inputs: ["images"],
    attributes: { strides: one, padding: same },
    says: "1 inputs, expected 2",
  },
  {
    op: "DepthwiseConv2dNative",
    inputs: ["rows", "filter"],
    attributes: { strides: one, padding: same },
    says: 'input "rows" has shape [2, 3], expected rank 4',
  },
  {
    op: "MaxPool",
    inputs: ["images"],
    attributes: { ksize: ints(1, 2, 2, 3), strides: one, padding: same },
    says:
      "ksize [1, 2, 2, 3], expected [1, height, width, 1] with positive sizes",
  },
  {
    op: "FusedBatchNormV3",
    inputs: ["images", "vector", "vector", "vector", "vector"],
    attributes: { is_training: yes },
    says: "is_training true, expected false: freeze the graph for inference",
  },
  {
    op: "FusedBatchNorm",
    inputs: ["images", "vector", "vector", "pair", "vector"],
    attributes: { is_training: { kind: "bool", value: false } },
    says: 'input "pair" has shape [2], expected [3]',
  },
  {
    op: "BatchNormWithGlobalNormalization",
    inputs: ["images", "vector", "vector", "vector", "vector"],
    says: 'it has no attribute "variance_epsilon"',
  },
  {
    op: "AddV2",
    inputs: ["rows", "pair"],
    says: "shapes [2, 3] and [2] do not broadcast",
  },
  {
    op: "Sub",
    inputs: ["rows", "two"],
    says: 'input "two" has element type i32, expected f32',
  },
  {
    op: "BiasAdd",
    inputs: ["rows", "pair"],
    says: "bias of shape [2], expected [3]",
  },
  {
    op: "BiasAdd",
    inputs: ["images", "vector"],
    attributes: { data_format: text("NCHW") },
    says: "bias of shape [3], expected [4]",
  },
  {
    op: "Tile",
    inputs: ["rows", "outer"],
    says: "it is repeated [0, 3] times, expected 1 to 65536 for each of 2 axes",
  },
  {
    op: "MirrorPad",
    inputs: ["rows", "outer"],
    says: "paddings [0, 3] do not fit [2, 3]",
  },
  {
    op: "BroadcastTo",
    inputs: ["rows", "ones"],
    says: "[2, 3] does not repeat to [1, 1]",
  },
  {
    op: "Mean",
    inputs: ["images", "vector"],
    says:
      'input "vector" must be whole numbers that are known before the graph runs',
  },
  {
    op: "ConcatV2",
    inputs: ["rows", "pair", "two"],
    says: "axis 2 is outside of rank 2",
  },
  {
    op: "Concat",
    inputs: ["zero", "rows", "vector"],
    says: "shapes [2, 3] and [3] do not join along axis 0",
  },
  {
    op: "Pad",
    inputs: ["rows", "outer"],
    says: "paddings [0, 3], expected 4 numbers of 0 and more",
  },
  {
    op: "PadV2",
    inputs: ["rows", "outer", "rows"],
    says: "its value must be known before the graph runs",
  },
  {
    op: "Reshape",
    inputs: ["rows", "outer"],
    says: 'shape [2, 3] of input "rows" cannot become [0, 3]',
  },
  {
    op: "Squeeze",
    inputs: ["rows"],
    attributes: { squeeze_dims: ints(0) },
    says: "axis 0 of shape [2, 3] has not size 1",
  },
  {
    op: "ExpandDims",
    inputs: ["rows", "nine"],
    says: "axis 9 is outside of rank 3",
  },
  {
    op: "MatMul",
    inputs: ["rows", "rows"],
    says: "matrices of shapes [2, 3] and [2, 3] do not multiply",
  },
  {
    op: "ResizeBilinear",
    inputs: ["images", "outer"],
    says: "size [0, 3], expected [height, width] of 1 and more",
  },
  {
    op: "DecodeJpeg",
    inputs: ["contents"],
    attributes: { ratio: int(2) },
    says: "ratio 2, expected 1",
  },
  {
    op: "DecodeJpeg",
    inputs: ["contents"],
    attributes: { dct_method: text("FLOAT") },
    says: 'dct_method "FLOAT", expected INTEGER_ACCURATE or INTEGER_FAST',
  },
  {
    op: "DecodeJpeg",
    inputs: ["contents"],
    attributes: { channels: int(1) },
    says: "channels 1, expected 3",
  },
  {
    op: "DecodeJpeg",
    inputs: ["contents"],
    attributes: { fancy_upscaling: { kind: "bool", value: false } },
    says: "fancy_upscaling false, expected true",
  },
  {
    op: "DecodePng",
    inputs: ["contents"],
    attributes: { dtype: { kind: "type", value: 17 } },
    says: "dtype uint16, expected uint8",
  },
  {
    op: "DecodePng",
    inputs: ["rows"],
    says: "its input is not the contents of a file",
  },
  {
    op: "Cast",
    inputs: ["rows"],
    attributes: { DstT: { kind: "type", value: dataTypes.uint8 } },
    says: 'cast of "rows" from f32 to u8 is not supported',
  },
  {
    op: "StridedSlice",
    inputs: ["rows", "vector", "zeros", "zeros"],
    says:
      'input "vector" must be whole numbers that are known before the graph runs',
  },
  {
    op: "StridedSlice",
    inputs: ["outer", "zeros", "outer", "outer"],
    says: "it takes parts of 2 axes, and its input has 1",
  },
  {
    op: "StridedSlice",
    inputs: ["outer", "zeros1", "zeros1", "zeros1"],
    says: "stride 0, expected another",
  },
  {
    op: "StridedSlice",
    inputs: ["rows", "zeros", "zeros", "ones"],
    says: 'nothing is left of axis 0 of "rows"',
  },
  {
    op: "Slice",
    inputs: ["rows", "zeros", "outer"],
    says: "it takes 0 from 0 on of an axis of 2",
  },
  {
    op: "Split",
    inputs: ["one", "rows"],
    attributes: { num_split: int(2) },
    says: "axis 1 of 3 does not split into 2",
  },
  {
    op: "Transpose",
    inputs: ["rows", "zeros"],
    says: "the order [0, 0] of its axes, expected each of 2 once",
  },
  {
    op: "DepthToSpace",
    inputs: ["images"],
    attributes: { block_size: int(2) },
    says: "3 channels do not make blocks of 2x2",
  },
  {
    op: "GatherV2",
    inputs: ["rows", "nine", "zero"],
    says: "place 9 is outside of an axis of 2",
  },
  {
    op: "Range",
    inputs: ["zero", "two", "zero"],
    says: "its steps are 0",
  },
  {
    op: "FloorDiv",
    inputs: ["two", "zero"],
    says: "it divides a whole number by 0",
  },
  {
    op: "Fill",
    inputs: ["large", "zero"],
    says:
      "it makes [3000, 3000] before the graph runs, expected 1048576 values at most",
  },
  {
    op: "Where",
    inputs: ["rows"],
    says:
      "it is supported only where its inputs are known before the graph runs",
  },
  {
    op: "While",
    inputs: ["rows"],
    says:
      "loops, branches that are functions and calls are not supported; freeze the graph for inference without them",
  },
  {
    op: "BlockLSTM",
    inputs: ["rows"],
    says: "recurrent networks are not supported",
  },
  {
    op: "Switch",
    inputs: ["rows", "flag"],
    says:
      'which branch is taken is decided by "flag", which is not known before the graph runs; give it with --set flag=false',
  },
  {
    op: "Pack",
    inputs: ["outer", "rows"],
    says: 'input "outer" has element type i32, expected f32',
  },
  {
    op: "Softmax",
    inputs: ["scalar"],
    says: "its input is a scalar, expected logits",
  },
];

Deno.test("importers name what they do not support", () => {
  const shared = [
    placeholder("images", [1, 4, 4, 3]),
    placeholder("rows", [2, 3]),
    placeholder("scalar", []),
    node("Placeholder", "contents", {
      attributes: { dtype: { kind: "type", value: dataTypes.string } },
    }),
    constantNode("filter", [1, 1, 3, 2], new Float32Array(6)),
    constantNode("wide", [1, 1, 5, 2], new Float32Array(10)),
    constantNode("tall", [9, 1, 3, 1], new Float32Array(27)),
    floatConstant("vector", [1, 2, 3]),
    floatConstant("pair", [1, 2]),
    node("Placeholder", "flag", {
      attributes: {
        dtype: { kind: "type", value: dataTypes.bool },
        shape: { kind: "shape", value: [] },
      },
    }),
    intConstant("one", 1),
    intConstant("ones", [1, 1]),
    intConstant("large", [3000, 3000]),
    intConstant("zero", 0),
    intConstant("two", 2),
    intConstant("nine", 9),
    intConstant("outer", [0, 3]),
    intConstant("zeros", [0, 0]),
    intConstant("zeros1", [0]),
  ];
  for (const { op, inputs = [], attributes = {}, says } of refusals) {
    const wrong = node(op, "wrong", { inputs, attributes });
    const graphDef = graphOf(...shared, wrong);
    strictEqual(
      refusalOf(() => importGraph(graphDef, { outputs: ["wrong"] })),
      `Cannot import node "wrong" (op "${op}"): ${says}`,
    );
  }
});
