/**
 * A frozen graph with trained nodes at its end, that TensorFlow runs from the
 * bytes of a JPEG to probabilities.
 *
 * @module
 */
import type { Resampling } from "../../kernels/resample_images.ts";
import { InputError } from "../errors.ts";
import { evaluationOrder, nodeNamed, nodesByName } from "./names.ts";
import {
  bytesAttribute,
  constantNode,
  floatConstant,
  intConstant,
  ints,
  makeNode,
  typeAttribute,
} from "./make_node.ts";
import { dataTypes, type GraphDef, type NodeDef } from "./graphdef.ts";
import type { DecodeImageAttributes } from "./ops/mod.ts";
import { resampleNodes } from "./resample_nodes.ts";

/**
 * How pixels become the numbers that a graph expects at its placeholder:
 * resized, then `(pixel - mean) / std`.
 */
export interface PixelPreprocessing {
  /** The tensor to feed; by default the only placeholder there is. */
  readonly input?: string;
  /** Rows to resize to, in pixels. */
  readonly height: number;
  /** Columns to resize to, in pixels. */
  readonly width: number;
  /** What is subtracted from a pixel; one number, or one a channel, in the graph's order. */
  readonly mean: number | readonly number[];
  /** What the difference is divided by, likewise. */
  readonly std: number | readonly number[];
  /** Whether blue comes first, also in `mean` and `std` [red does]. */
  readonly isBgr?: boolean;
  /** TensorFlow's `align_corners` [false]. */
  readonly alignCorners?: boolean;
  /** TensorFlow's `half_pixel_centers` [false]. */
  readonly halfPixelCenters?: boolean;
  /** How JPEGs are decoded [INTEGER_ACCURATE]. */
  readonly dctMethod?: DecodeImageAttributes["dctMethod"];
  /** Pillow's way [TensorFlow 1's ResizeBilinear, by the two above]. */
  readonly resampling?: Resampling;
}

const float = typeAttribute("T", dataTypes.float);
const index = typeAttribute("Tidx", dataTypes.int32);

/** Name of the node with the probabilities, as the classic tutorial has it. */
export const finalResult = "final_result";

/** Name of the node that is fed with the bytes of a JPEG. */
export const jpegContents = "DecodeJpeg/contents";

/** A row of zeros is divided by the root of this instead of by zero. */
export const smallestMeanSquare = 1e-30;

/**
 * Appends nodes that read the bottleneck, and drops all that they do not need.
 * JPEGs are decoded by the method that the nodes were trained on. The graph's version stays, because ops such as
 * BatchNormWithGlobalNormalization mean nothing in newer ones.
 *
 * @throws {InputError} if the bottleneck is not there, a name is taken, or the
 * graph has no single input to prepend the preprocessing to.
 */
export function appendNodes(
  graphDef: GraphDef,
  { bottleneck: name, preprocessing, dctMethod, nodesAfter }: {
    readonly bottleneck: string;
    /** How JPEGs are decoded. */
    readonly dctMethod: DecodeImageAttributes["dctMethod"];
    /** Needed where the graph starts at a placeholder for pixels. */
    readonly preprocessing?: PixelPreprocessing;
    /** Makes the nodes, from the name of the bottleneck's. */
    readonly nodesAfter: (bottleneck: string) => readonly NodeDef[];
  },
): GraphDef {
  const nodes = nodesByName(graphDef);
  const bottleneck = nodeNamed(nodes, name);
  const kept = evaluationOrder(nodes, [bottleneck]);
  const body = preprocessing
    ? withPreprocessing(kept, { ...preprocessing, dctMethod })
    : kept.map((node) => decodingBy(dctMethod, node));
  const all = [...body, ...nodesAfter(bottleneck.name)];
  // A control input that led to something dropped would dangle.
  const names = new Set(all.map(({ name }) => name));
  const result = all.map((node) => ({
    ...node,
    inputs: node.inputs.filter((input) =>
      !input.startsWith("^") || names.has(input.slice(1))
    ),
  }));
  const { library: _library, ...versions } = graphDef;
  return checked({ ...versions, nodes: result });
}

/** Throws where a name that the new nodes need was taken. */
function checked(graphDef: GraphDef): GraphDef {
  const names = new Set<string>();
  for (const { name } of graphDef.nodes) {
    if (names.has(name)) {
      throw new InputError(
        `Cannot export: the graph already has a node named "${name}"; choose a bottleneck before it`,
      );
    }
    names.add(name);
  }
  return graphDef;
}

function decodingBy(
  dctMethod: DecodeImageAttributes["dctMethod"],
  node: NodeDef,
): NodeDef {
  if (node.op !== "DecodeJpeg") return node;
  const attributes = new Map(node.attributes)
    .set("dct_method", bytesAttribute(dctMethod));
  return { ...node, attributes };
}

function scope(name: string): string {
  return `final_training_ops/${name}`;
}

/** A bottleneck as rows of `features` values, the last node's output; each divided by its root mean square where asked. */
export function rowNodes(
  bottleneck: string,
  { features, scaleRows }: { features: number; scaleRows: boolean },
): NodeDef[] {
  const rows = scope("rows");
  return [
    intConstant(scope("rows/shape"), [-1, features]),
    makeNode("Reshape", rows, [bottleneck, scope("rows/shape")], [
      float,
      typeAttribute("Tshape", dataTypes.int32),
    ]),
    ...scaleRows ? scaleNodes(rows) : [],
  ];
}

/** `x * rsqrt(max(mean(x * x), tiny))` over the last axis. */
function scaleNodes(rows: string): NodeDef[] {
  const axis = scope("mean_square/axis");
  const tiny = scope("smallest_mean_square");
  return [
    makeNode("Mul", scope("square"), [rows, rows], [float]),
    intConstant(axis, 1),
    makeNode("Mean", scope("mean_square"), [scope("square"), axis], [
      float,
      index,
      ["keep_dims", { kind: "bool", value: true }],
    ]),
    floatConstant(tiny, smallestMeanSquare),
    makeNode("Maximum", scope("positive"), [scope("mean_square"), tiny], [
      float,
    ]),
    makeNode("Rsqrt", scope("scale"), [scope("positive")], [float]),
    makeNode("Mul", scope("scaled"), [rows, scope("scale")], [float]),
  ];
}

/** The nodes with a way from JPEG bytes to `input` instead of a placeholder. */
function withPreprocessing(
  nodes: readonly NodeDef[],
  preprocessing: PixelPreprocessing,
): NodeDef[] {
  const input = inputNode(nodes, preprocessing);
  const steps = preprocessingNodes(preprocessing);
  const start = steps[steps.length - 1].name;
  const rewired = nodes.filter((node) => node !== input).map((node) => ({
    ...node,
    inputs: node.inputs.map((name) =>
      name === input.name || name === `${input.name}:0` ? start : name
    ),
  }));
  // What led to the input, if it was more than a placeholder, is not needed.
  const all = [...steps, ...rewired];
  const byName = new Map(
    checked({ nodes: all, producer: 0 }).nodes.map(
      (node) => [node.name, node],
    ),
  );
  return evaluationOrder(byName, rewired.slice(-1));
}

function inputNode(
  nodes: readonly NodeDef[],
  { input }: PixelPreprocessing,
): NodeDef {
  if (input !== undefined) {
    return nodeNamed(new Map(nodes.map((node) => [node.name, node])), input);
  }
  const sources = nodes.filter(({ op }) => op === "Placeholder");
  if (sources.length !== 1) {
    throw new InputError(
      `Cannot export: ${sources.length} placeholders lead to the bottleneck, expected 1; name the input tensor`,
    );
  }
  return sources[0];
}

/**
 * From JPEG bytes to `[1, height, width, 3]`, in the order of the nodes; the last
 * one's output is the image. `scope` begins the names of all but the first two.
 */
export function preprocessingNodes(
  options: PixelPreprocessing,
  { scope: prefix = "preprocessing/" }: { readonly scope?: string } = {},
): NodeDef[] {
  const { height, width, isBgr, resampling } = options;
  const { dctMethod = "INTEGER_ACCURATE" } = options;
  const scope = (name: string) => `${prefix}${name}`;
  const resized = resampling
    ? resampleNodes("DecodeJpeg", {
      ...{ ...resampling, height, width },
      name: scope("Resample"),
    })
    : resizedNodes("DecodeJpeg", { ...options, scope });
  const { name: image } = resized[resized.length - 1];
  return [
    makeNode("Placeholder", jpegContents, [], [
      typeAttribute("dtype", dataTypes.string),
      ["shape", { kind: "shape", value: [] }],
    ]),
    makeNode("DecodeJpeg", "DecodeJpeg", [jpegContents], [
      ["channels", { kind: "int", value: 3 }],
      ["dct_method", bytesAttribute(dctMethod)],
    ]),
    ...resized,
    ...isBgr ? swapNodes(image, scope("swap")) : [],
    ...scalingNodes(isBgr ? scope("swap") : image, { ...options, scope }),
  ];
}

/** Makes a node's name. */
type Scope = (name: string) => string;

/** From bytes `(h, w, 3)` to `[1, height, width, 3]` as TensorFlow 1 resizes. */
function resizedNodes(
  decoded: string,
  {
    height,
    width,
    alignCorners = false,
    halfPixelCenters = false,
    scope,
  }: PixelPreprocessing & { readonly scope: Scope },
): NodeDef[] {
  return [
    makeNode("Cast", scope("Cast"), [decoded], [
      typeAttribute("SrcT", dataTypes.uint8),
      typeAttribute("DstT", dataTypes.float),
    ]),
    intConstant(scope("ExpandDims/dim"), 0),
    makeNode(
      "ExpandDims",
      scope("ExpandDims"),
      [scope("Cast"), scope("ExpandDims/dim")],
      [float, typeAttribute("Tdim", dataTypes.int32)],
    ),
    intConstant(scope("ResizeBilinear/size"), [height, width]),
    makeNode(
      "ResizeBilinear",
      scope("ResizeBilinear"),
      [scope("ExpandDims"), scope("ResizeBilinear/size")],
      [
        float,
        ["align_corners", { kind: "bool", value: alignCorners }],
        ["half_pixel_centers", { kind: "bool", value: halfPixelCenters }],
      ],
    ),
  ];
}

function scalingNodes(
  image: string,
  { mean, std, scope }: Pick<PixelPreprocessing, "mean" | "std"> & {
    readonly scope: Scope;
  },
): NodeDef[] {
  const factor = typeof std === "number"
    ? 1 / std
    : std.map((value) => 1 / value);
  return [
    floatConstant(scope("Sub/y"), mean),
    makeNode("Sub", scope("Sub"), [image, scope("Sub/y")], [float]),
    floatConstant(scope("Mul/y"), factor),
    makeNode("Mul", scope("Mul"), [scope("Sub"), scope("Mul/y")], [float]),
  ];
}

/** Luma of `(1, h, w, 3)` as `(1, h, w, 1)`: red, green and blue weighed as ITU-R BT.601 does. */
export function grayNodes(image: string): NodeDef[] {
  const scope = (name: string) => `preprocessing/gray/${name}`;
  return [
    floatConstant(scope("weights"), [0.299, 0.587, 0.114]),
    makeNode("Mul", scope("weighed"), [image, scope("weights")], [float]),
    intConstant(scope("axis"), [3]),
    makeNode("Sum", scope("luma"), [scope("weighed"), scope("axis")], [
      float,
      index,
      ["keep_dims", { kind: "bool", value: true }],
    ]),
  ];
}

/** Red for blue in `(1, h, w, 3)`, as the node `name`: a convolution of one pixel, which the importer knows. */
function swapNodes(image: string, name: string): NodeDef[] {
  const filter = Float32Array.of(0, 0, 1, 0, 1, 0, 1, 0, 0);
  return [
    constantNode(`${name}/filter`, [1, 1, 3, 3], filter),
    makeNode("Conv2D", name, [image, `${name}/filter`], [
      float,
      ["strides", ints(1, 1, 1, 1)],
      ["padding", bytesAttribute("VALID")],
    ]),
  ];
}

/** Probabilities of logits, as the node `name`; of one logit those of the classes 0 and 1. */
export function probabilityNodes(
  logits: string,
  { name, kind }: { name: string; kind: "softmax" | "sigmoid" },
): NodeDef[] {
  if (kind === "softmax") return [makeNode("Softmax", name, [logits], [float])];
  const scope = (part: string) => `${name}/${part}`;
  return [
    makeNode("Sigmoid", scope("second"), [logits], [float]),
    makeNode("Neg", scope("negative"), [logits], [float]),
    makeNode("Sigmoid", scope("first"), [scope("negative")], [float]),
    intConstant(scope("axis"), 1),
    makeNode(
      "ConcatV2",
      name,
      [scope("first"), scope("second"), scope("axis")],
      [float, ["N", { kind: "int", value: 2 }], index],
    ),
  ];
}
