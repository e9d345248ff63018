/**
 * A frozen graph as a feature extractor: pictures in, one vector each out.
 *
 * @module
 */
import type { Precision } from "../../kernels/half.ts";
import { InputError, UsageError } from "../errors.ts";
import {
  checkResized,
  declaredSize,
  decodeGraphDef,
  elementCount,
  type Graph,
  type GraphDef,
  importGraph,
  likelyBottlenecks,
  nodeOfTensor,
  outputNames,
  parseSettings,
  placeholderNames,
  resizeInput,
  setValues,
  type Shape,
  tensorOf,
} from "../graph/mod.ts";
import {
  type PassName,
  type Resize,
  splitPreprocessing,
} from "../passes/mod.ts";
import { inputOf } from "./describe_model.ts";
import {
  type ModelOptions,
  normalise,
  pixelScaling,
  type Preprocessing,
} from "./preprocessing.ts";

/** A graph ready to be planned, and everything that has to be recorded of it. */
export interface FeatureModel {
  /** The frozen graph as it was read, for pictures of the size that was asked for. */
  readonly graphDef: GraphDef;
  /** Starts at resized pictures `[1, height, width, 3]`, ends at the features. */
  readonly graph: Graph;
  /** How pictures become its input. */
  readonly resize: Resize;
  /** The tensor that is fed. */
  readonly inputTensor: string;
  /** The tensor whose values are the features. */
  readonly bottleneckTensor: string;
  /** What happens to a picture first. */
  readonly preprocessing: Preprocessing;
  /** Values of a feature row. */
  readonly width: number;
  /** How the weights of convolutions and matrix products are kept on the GPU. */
  readonly precision: Precision;
  /** Inputs that were given one value, such as `is_training=false`. */
  readonly set: readonly string[];
  /** Passes that are left out. */
  readonly without: readonly PassName[];
  /**
   * Of a file of weights, the same graph as its framework trains it, but that
   * nothing is dropped: weights are variables, and batch norms stand apart.
   *
   * @throws {UsageError} if the features are taken from within a layer
   */
  trainable?(): Graph;
  /** Choices made for the user, and what may make results differ: to be printed. */
  readonly notes: readonly string[];
}

/**
 * Opens a frozen graph: the bytes of its file, or what was read of them.
 *
 * @throws {InputError} if the bytes are no frozen graph, or one that cannot be
 * imported; {@linkcode UsageError} if something has to be said by a flag.
 */
export function openModel(
  source: Uint8Array | GraphDef,
  options: ModelOptions = {},
): FeatureModel {
  const { set = [] } = options;
  const read = source instanceof Uint8Array ? decodeGraphDef(source) : source;
  const declared = setValues(read, parseSettings(set));
  const notes: string[] = [];
  const inputTensor = options.inputTensor ?? onlyPlaceholder(declared);
  const startsAtFile = decodesPictures(declared, inputTensor);
  if (startsAtFile) refuseScaling(options);
  const pixels = startsAtFile
    ? undefined
    : resizing(declared, { ...options, inputTensor, notes });
  const inputs: Record<string, Shape> = pixels
    ? { [inputTensor]: [1, pixels.size, pixels.size, 3] }
    : {};
  const isSized = declaredSize(declared, inputTensor) !== undefined;
  // At the graph's own size, so that another one takes the same features.
  const bottleneckTensor = options.bottleneckTensor ??
    guessBottleneck(declared, { inputs: isSized ? {} : inputs, notes });
  const outputs = [bottleneckTensor];
  const graphDef = pixels
    ? resizeInput(declared, { input: inputTensor, size: pixels.size })
    : declared;
  checkResized({ declared, resized: graphDef }, {
    input: inputTensor,
    outputs,
  });
  const imported = importGraph(graphDef, { outputs, inputs });
  requireOneInput(imported, { inputTensor, bottleneckTensor });
  const { graph, resize } = pixels
    ? normalise(imported, pixels)
    : fromFile(imported, { ...options, inputTensor });
  const width = featureWidth(graph, bottleneckTensor);
  return {
    graphDef,
    graph,
    resize,
    inputTensor,
    bottleneckTensor,
    preprocessing: pixels ?? inGraph(resize),
    width,
    precision: options.precision ?? "f32",
    set,
    without: options.without ?? [],
    notes,
  };
}

function onlyPlaceholder(graphDef: GraphDef): string {
  const names = placeholderNames(graphDef);
  const [first] = names;
  const pictures = graphDef.nodes.filter((node) => {
    if (node.op !== "Placeholder") return false;
    const { shape, dtype } = inputOf(node);
    return dtype !== "bool" && shape?.length !== 0;
  });
  if (names.length === 1) return `${first}:0`;
  // Training leftovers such as `is_training` come with images all the same.
  const images = names.find((name) =>
    /(^|\/)(input|images?|contents)$/.test(name)
  );
  if (images !== undefined) return `${images}:0`;
  if (pictures.length === 1) return `${pictures[0].name}:0`;
  throw new UsageError(
    names.length === 0
      ? "The graph has no placeholder to feed: name the tensor with --input-tensor"
      : `The graph has ${names.length} placeholders (${
        names.join(", ")
      }): name the one for pictures with --input-tensor`,
  );
}

/** Whether the tensor is what a DecodeJpeg or DecodePng reads. */
function decodesPictures(graphDef: GraphDef, tensor: string): boolean {
  const fed = nodeOfTensor(tensor);
  return graphDef.nodes.some((node) =>
    ["DecodeJpeg", "DecodePng"].includes(node.op) &&
    node.inputs.slice(0, 1).map(nodeOfTensor).includes(fed)
  );
}

/** A graph that decodes its pictures resizes and scales them as well. */
function refuseScaling(
  options: ModelOptions,
): void {
  const { inputSize, mean, std, channelOrder } = options;
  const said = {
    "input-size": inputSize,
    mean,
    std,
    "channel-order": channelOrder,
    interpolation: options.interpolation,
    "crop-mode": options.cropMode,
    "crop-pct": options.cropPct,
  };
  for (const [flag, value] of Object.entries(said)) {
    if (value === undefined) continue;
    throw new UsageError(
      `--${flag} is for graphs that take pixels, and this one decodes, resizes and scales its pictures itself: leave it out`,
    );
  }
}

function resizing(
  graphDef: GraphDef,
  { inputTensor, notes, ...options }: ModelOptions & {
    inputTensor: string;
    notes: string[];
  },
): Preprocessing & { kind: "resize" } {
  checkChannels(graphDef, inputTensor);
  const size = options.inputSize ?? declaredSize(graphDef, inputTensor);
  if (size === undefined) {
    throw new UsageError(
      `Input "${inputTensor}" does not say how large its pictures are: give --input-size`,
    );
  }
  return pixelScaling(options, { size, notes });
}

/** Refuses a graph that takes no pictures of three channels, the channels last. */
function checkChannels(graphDef: GraphDef, inputTensor: string): void {
  const name = nodeOfTensor(inputTensor);
  const node = graphDef.nodes.find((node) => node.name === name);
  if (node?.op !== "Placeholder") return;
  const { shape } = inputOf(node);
  if (shape === null) return;
  if (shape.length !== 4) {
    const sizes = shape.map((size) => size < 0 ? "?" : size).join(", ");
    throw new InputError(
      `Input "${inputTensor}" takes [${sizes}], and pictures are [?, height, width, 3]; name another --input-tensor, or take another model`,
    );
  }
  const [, second, , last] = shape;
  const isFirst = pictureChannels.has(second) && !pictureChannels.has(last);
  const channels = isFirst ? second : last;
  if (channels === 3 && isFirst) {
    throw new InputError(
      "This graph takes pictures with their channels first (NCHW), and espalier feeds them with their channels last; export it as NHWC",
    );
  }
  if (channels === 3 || channels < 0) return;
  const pictures = channels === 1
    ? "grey pictures (1 channel)"
    : `pictures of ${channels} channels`;
  throw new InputError(
    `This graph takes ${pictures}, and espalier feeds RGB; take another model`,
  );
}

/** Grey, RGB, and RGB with opacity. */
const pictureChannels: ReadonlySet<number> = new Set([1, 3, 4]);

function guessBottleneck(
  graphDef: GraphDef,
  { inputs, notes }: { inputs: Record<string, Shape>; notes: string[] },
): string {
  const [best] = likelyBottlenecks(graphDef, { inputs });
  if (!best) {
    // What keeps the graph from being imported is the better thing to say.
    importGraph(graphDef, {
      outputs: outputNames(graphDef).slice(0, 1),
      inputs,
    });
    throw new UsageError(
      "No tensor of the graph looks like features: name one with --bottleneck-tensor",
    );
  }
  notes.push(
    `features are taken from "${best.name}"; choose others with --bottleneck-tensor`,
  );
  return best.name;
}

function fromFile(
  imported: Graph,
  { inputTensor, dctMethod }: ModelOptions & { inputTensor: string },
): { graph: Graph; resize: Resize } {
  const { graph, resize } = splitPreprocessing(imported);
  if (!resize) {
    throw new InputError(
      `The features do not depend on the pictures in "${inputTensor}": choose another --bottleneck-tensor`,
    );
  }
  return {
    graph,
    resize: { ...resize, dctMethod: dctMethod ?? resize.dctMethod },
  };
}

function inGraph({ dctMethod }: Resize): Preprocessing {
  const kind = "in-graph";
  return dctMethod === "INTEGER_FAST" ? { kind, dctMethod } : { kind };
}

/** Only pictures are fed: anything else the features need would be zeros. */
function requireOneInput(
  { inputs }: Graph,
  { inputTensor, bottleneckTensor }: {
    inputTensor: string;
    bottleneckTensor: string;
  },
): void {
  const others = inputs.filter((name) => name !== nodeOfTensor(inputTensor));
  if (others.length === 0) return;
  throw new UsageError(
    `Tensor "${bottleneckTensor}" needs "${
      others.join('", "')
    }" beside the pictures in "${inputTensor}": give it by --set ${
      others[0]
    }=VALUE, or choose another --bottleneck-tensor`,
  );
}

export function featureWidth(graph: Graph, bottleneckTensor: string): number {
  const { shape } = tensorOf(graph, graph.outputs[0]);
  const width = shape.at(-1) ?? 0;
  if (elementCount(shape) !== width || width < 2) {
    throw new UsageError(
      `Tensor "${bottleneckTensor}" has shape [${
        shape.join(", ")
      }] for one picture, expected one vector: choose another --bottleneck-tensor`,
    );
  }
  return width;
}
