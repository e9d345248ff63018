/**
 * An ONNX model as a feature extractor, and what there is to know of one.
 *
 * @module
 */
import { InputError, UsageError } from "../errors.ts";
import {
  checkSameRows,
  elementCount,
  frozenGraph,
  type Graph,
  type GraphDef,
  GrowingGraph,
  importResized,
  type NamedShape,
  type Node,
  nodeNameOf,
  tensorOf,
} from "../graph/mod.ts";
import {
  fedInputs,
  importOnnx,
  likelyFeatures,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  onnxTypes,
  type OnnxValue,
  readTensorValues,
  supportsOnnx,
  tensorNamed,
  withMeansOfClassified,
} from "../onnx/mod.ts";
import {
  firstOf,
  type Inspection,
  type InspectOptions,
  planOf,
} from "./describe_model.ts";
import { type FeatureModel, featureWidth } from "./model.ts";
import type { OnnxPictures } from "./onnx_pictures.ts";
import {
  type ModelOptions,
  normalise,
  pixelScaling,
  resamplingAt,
} from "./preprocessing.ts";
import { picturesNote, resizingOf, valueOf } from "./said_pictures.ts";

/** What the user says of a model, and what is said of its pictures elsewhere. */
interface OnnxOptions extends ModelOptions {
  /** By the model, or a file beside it [nothing]. */
  readonly pictures?: OnnxPictures;
}

const nothingSaid: OnnxPictures = { said: {}, notes: [], isOwn: false };

/**
 * Opens an ONNX model. Flags outrank what the model says of its pictures, that what
 * its first nodes tell, and these what a file beside it says.
 *
 * @throws {InputError} if it cannot be imported; {@linkcode UsageError} if
 * something has to be said by a flag
 */
export function openOnnx(
  given: OnnxModel,
  options: OnnxOptions = {},
): FeatureModel {
  const { model, likely } = withLikelyFeatures(given);
  const { set = [], without = [], precision = "f32" } = options;
  if (set.length > 0) throw settingsOfOnnx();
  const { pictures = nothingSaid } = options;
  const notes = [...pictures.notes];
  const input = pictureInput(model, options.inputTensor);
  const declared = declaredSize(input);
  const size = options.inputSize ?? declared ??
    valueOf(pictures.said.inputSize);
  if (size === undefined) {
    throw new UsageError(
      `Input "${input.name}" does not say how large its pictures are: give --input-size`,
    );
  }
  const bottleneck = options.bottleneckTensor === undefined
    // At the model's own size, so that another one takes the same features.
    ? guessedFeatures(model, { likely, size: declared ?? size, notes })
    : tensorNamed(model.graph, options.bottleneckTensor);
  const imported = importAt(model, { bottleneck, size, declared });
  requirePictures(imported, { input, bottleneck });
  const vector = asRow(imported, bottleneck);
  const scaling = {
    ...options,
    ...scalingOf(model, { input, options, notes }),
    ...cuttingOf(options, size),
  };
  const pixels = pixelScaling(scaling, { size, notes });
  if (pictures.source !== undefined) {
    const sources = [pictures.source];
    notes.push(picturesNote(pixels, { request: options, sources }));
  }
  const { graph, resize } = normalise(vector, pixels);
  return {
    graphDef: laterGraphDef(vector),
    graph,
    resize,
    inputTensor: `${nodeNameOf(input.name)}:0`,
    bottleneckTensor: `${nodeNameOf(bottleneck)}:0`,
    preprocessing: pixels,
    width: featureWidth(graph, bottleneck),
    precision,
    ...{ set, without, notes },
  };
}

/** The error for `--set` of an ONNX model. */
export function settingsOfOnnx(): UsageError {
  return new UsageError(
    "--set is for inputs of frozen graphs that take one value, and an ONNX model has none: leave it out",
  );
}

/** The graph as TensorFlow's, made where it is first looked at: weights would be there twice. */
function laterGraphDef(graph: Graph): GraphDef {
  let made: GraphDef | undefined;
  const make = () => made ??= frozenGraph(graph);
  return {
    get nodes() {
      return make().nodes;
    },
    get producer() {
      return make().producer;
    },
  };
}

/** The input that is fed with pictures. */
function pictureInput(
  { graph }: OnnxModel,
  named: string | undefined,
): OnnxValue {
  const inputs = fedInputs(graph);
  if (named !== undefined) {
    const name = tensorNamed(graph, named);
    const input = inputs.find((one) => one.name === name);
    if (input) return checkedPictures(input);
    throw new UsageError(
      `The model has no input "${named}"; it has ${
        inputs.map(({ name }) => `"${name}"`).join(", ")
      }`,
    );
  }
  if (inputs.length === 1) return checkedPictures(inputs[0]);
  const pictures = inputs.filter(({ shape }) =>
    shape?.length === 4 && (shape[1] === 3 || shape[3] === 3)
  );
  if (pictures.length === 1) return pictures[0];
  throw new UsageError(
    `The model has ${inputs.length} inputs (${
      inputs.map(({ name }) => name).join(", ")
    }): name the one for pictures with --input-tensor`,
  );
}

function checkedPictures(input: OnnxValue): OnnxValue {
  const { name, shape, type } = input;
  if (shape === null) return input;
  const [, second, , last] = shape;
  const channels = isLast(input) ? last : second;
  const isOpen = typeof channels === "string";
  if (shape.length === 4 && (channels === 3 || isOpen) && type !== 0) {
    return input;
  }
  throw new InputError(
    `Input "${name}" takes [${
      shape.map((size) => size === "" ? "?" : size).join(", ")
    }], and espalier feeds RGB pictures [?, 3, height, width]; take another model`,
  );
}

/** Whether pictures come with their channels last. */
function isLast({ shape }: OnnxValue): boolean {
  return shape?.length === 4 && shape[3] === 3 && shape[1] !== 3;
}

function declaredSize(input: OnnxValue): number | undefined {
  const { shape } = input;
  if (shape?.length !== 4) return undefined;
  const [height, width] = isLast(input) ? shape.slice(1, 3) : shape.slice(2);
  return typeof height === "number" && height === width && height > 0
    ? height
    : undefined;
}

/** The model up to some features, for pictures of a size. */
function importAt(
  model: OnnxModel,
  { bottleneck, size, declared }: {
    readonly bottleneck: string;
    readonly size: number;
    /** What the file is for, where it says so. */
    readonly declared: number | undefined;
  },
): Graph {
  const at = (inputSize: number | undefined) =>
    importOnnx(model, {
      ...{ outputs: [bottleneck], inputSize },
      channelsLast: true,
    });
  if (declared === undefined || declared === size) return at(size);
  const before = at(undefined);
  const after = importResized(() => at(size), declared);
  checkSameRows({ before, after }, { from: declared, to: size });
  return after;
}

/** Tensors that are likely to be features, the likeliest first, and the model with all of them. */
function withLikelyFeatures(
  given: OnnxModel,
): { readonly model: OnnxModel; readonly likely: readonly string[] } {
  const names = likelyFeatures(given.graph);
  const classified = withMeansOfClassified(given);
  return classified
    ? { model: classified.model, likely: [classified.means, ...names] }
    : { model: given, likely: names };
}

function guessedFeatures(
  model: OnnxModel,
  { likely, size, notes }: {
    readonly likely: readonly string[];
    readonly size: number;
    readonly notes: string[];
  },
): string {
  const vector = vectorsOf(model, likely, size)[0];
  if (!vector) {
    // What keeps the model from being imported is the better thing to say.
    const [last] = likely.slice(-1);
    importAt(model, { bottleneck: last ?? "", size, declared: size });
    throw new UsageError(
      "No tensor of the model looks like features: name one with --bottleneck-tensor",
    );
  }
  notes.push(
    `features are taken from "${vector.name}"; choose others with --bottleneck-tensor`,
  );
  return vector.name;
}

/** Those of some tensors that are one vector a picture. */
function vectorsOf(
  model: OnnxModel,
  names: readonly string[],
  size: number | undefined,
): NamedShape[] {
  return names.flatMap((name) => {
    try {
      const graph = importOnnx(model, {
        ...{ outputs: [name], inputSize: size },
        channelsLast: true,
      });
      const { shape } = tensorOf(graph, graph.outputs[0]);
      const isVector = Math.max(...shape) > 1 &&
        elementCount(shape) === Math.max(...shape);
      return isVector ? [{ name, shape }] : [];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return [];
    }
  });
}

function requirePictures(
  { inputs }: Graph,
  { input, bottleneck }: {
    readonly input: OnnxValue;
    readonly bottleneck: string;
  },
): void {
  const others = inputs.filter((name) => name !== input.name);
  if (others.length === 0 && inputs.length === 1) return;
  throw new UsageError(
    others.length === 0
      ? `Tensor "${bottleneck}" does not depend on the pictures in "${input.name}": choose another --bottleneck-tensor`
      : `Tensor "${bottleneck}" needs "${
        others.join('", "')
      }" beside the pictures in "${input.name}": choose another --bottleneck-tensor`,
  );
}

/** The graph with its only output a row, by the name that the model has for it. */
function asRow(graph: Graph, name: string): Graph {
  const [output] = graph.outputs;
  const { shape } = tensorOf(graph, output);
  const count = elementCount(shape);
  const growing = new GrowingGraph(renamed(graph, name, `${name} as kept`));
  const before = output === name ? `${name} as kept` : output;
  const isRow = shape.length === 2 || Math.max(...shape) !== count;
  const [row] = growing.append(
    { op: "reshape", inputs: [before], attributes: {} },
    { name, shape: isRow ? shape : [1, count] },
  );
  return growing.finish(row);
}

function renamed(graph: Graph, from: string, to: string): Graph {
  const name = (one: string) => one === from ? to : one;
  return {
    nodes: graph.nodes.map((node): Node => ({
      ...node,
      name: name(node.name),
      inputs: node.inputs.map(name),
      outputs: node.outputs.map(name),
    })),
    tensors: new Map(
      [...graph.tensors].map(([key, tensor]) => [
        name(key),
        { ...tensor, name: name(key) },
      ]),
    ),
    inputs: graph.inputs.map(name),
    outputs: graph.outputs.map(name),
  };
}

/** How pixels of 0 to 255 are scaled for networks of PyTorch's. */
const imageNet = {
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
} as const;

/** What is said of the order of colours, and of how pictures come to that size. */
function cuttingOf(
  { pictures: { said } = nothingSaid, ...request }: OnnxOptions,
  size: number,
): Pick<ModelOptions, "channelOrder" | "resampling"> {
  const usual = { interpolation: "tensorflow" } as const;
  return {
    channelOrder: request.channelOrder ?? said.channelOrder,
    resampling: request.resampling ??
      resamplingAt(resizingOf(request, { said, usual }), size),
  };
}

type Scaling = Pick<ModelOptions, "mean" | "std">;

/** What the user says, else the model, its first nodes, a file beside it, or its order of axes. */
function scalingOf(
  model: OnnxModel,
  { input, options, notes }: {
    readonly input: OnnxValue;
    readonly options: OnnxOptions;
    readonly notes: string[];
  },
): Scaling {
  const { mean, std, pictures = nothingSaid } = options;
  const isFlagged = mean !== undefined || std !== undefined;
  if (!pictures.isOwn && !isFlagged) {
    const own = toldByNodes(model, { input, notes });
    if (own) return own;
  }
  const { said } = pictures;
  if (said.mean || said.std) {
    return {
      mean: mean ?? valueOf(said.mean) ?? 0,
      std: std ?? valueOf(said.std) ?? defaultStd,
    };
  }
  if (isFlagged || isLast(input)) return {};
  notes.push(
    `the model does not say how its input is scaled: pixels become (pixel - ${
      imageNet.mean.join(",")
    }) / ${
      imageNet.std.join(",")
    }, as PyTorch's networks for ImageNet take them; ${change}`,
  );
  return imageNet;
}

/** Where a file says a mean and no more: of pixels of 0 to 1. */
const defaultStd = 255;

const change = "change that with --mean and --std";

/** How pixels are fed to a model that scales them itself. */
function toldByNodes(
  model: OnnxModel,
  { input, notes }: {
    readonly input: OnnxValue;
    readonly notes: string[];
  },
): Scaling | undefined {
  const scale = ownScale(model, input.name);
  if (scale === "pixels") {
    notes.push(
      `the model scales its pixels itself: they are fed as 0 to 255; ${change}`,
    );
    return { mean: 0, std: 1 };
  }
  if (scale === "shares") {
    notes.push(
      `the model normalises its pixels itself: they are fed as 0 to 1; ${change}`,
    );
    return { mean: 0, std: 255 };
  }
  return undefined;
}

const passing: ReadonlySet<string> = new Set(["Transpose", "Cast", "Identity"]);

/** What the first arithmetic on the pixels tells of them: numbers that only pixels need, or only shares of them. */
function ownScale(
  { graph: { nodes, initializers } }: OnnxModel,
  input: string,
): "pixels" | "shares" | undefined {
  const constants = new Map([
    ...initializers.map((tensor) => [tensor.name, tensor] as const),
    ...nodes.flatMap(({ op, outputs: [name = ""], attributes }) => {
      const value = op === "Constant" ? attributes.get("value") : undefined;
      return value?.kind === "tensor" ? [[name, value.value] as const] : [];
    }),
  ]);
  const names = new Set([input]);
  const readers = Map.groupBy(
    nodes.flatMap((node) => node.inputs.map((name) => ({ name, node }))),
    ({ name }) => name,
  );
  // A set, so that a circle comes to an end.
  for (const name of names) {
    const [first, ...others] = readers.get(name) ?? [];
    if (!first || others.length > 0) return undefined;
    const { node } = first;
    if (passing.has(node.op)) {
      names.add(node.outputs[0] ?? "");
      continue;
    }
    const by = node.inputs.find((one) => one !== name);
    const tensor = by === undefined ? undefined : constants.get(by);
    return tensor && scaleBy(node.op, tensor);
  }
}

/** What a sum or product with a number, or one a channel, tells. */
function scaleBy(
  op: string,
  tensor: OnnxTensor,
): "pixels" | "shares" | undefined {
  const threshold = scaleThresholds[op];
  if (!threshold || elementCount(tensor.shape) > 4) return undefined;
  const most = Math.max(...readTensorValues(tensor).map(Math.abs));
  return threshold(most) ? "pixels" : "shares";
}

/** Whether numbers are those of pixels of 0 to 255, by ONNX's op. */
const scaleThresholds: Readonly<Record<string, (most: number) => boolean>> = {
  Add: (most) => most > 2,
  Sub: (most) => most > 2,
  Mul: (most) => most < 0.1,
  Div: (most) => most > 10,
};

/** Describes a model and plans it for one image; needs no GPU. */
export function inspectOnnx(
  given: OnnxModel,
  { inputSize, output }: InspectOptions = {},
): Inspection {
  const { graph } = given;
  const { model, likely: features } = withLikelyFeatures(given);
  const inputs = fedInputs(graph);
  const names = graph.outputs.map(({ name }) => name);
  const wanted = output === undefined
    ? undefined
    : tensorNamed(model.graph, output);
  const targets = wanted === undefined ? [names, features.slice(0, 1)] : [[
    wanted,
  ]];
  return {
    ops: countOps(graph.nodes),
    inputs: inputs.map(({ name, shape, type }) => ({
      name,
      shape: shape?.map((size) => typeof size === "number" ? size : -1) ?? null,
      dtype: typeName(type),
    })),
    outputs: graph.outputs.map(({ name, shape }) => {
      const sizes = (shape ?? []).filter((size) => typeof size === "number");
      return shape && sizes.length === shape.length
        ? { name, shape: sizes }
        : { name };
    }),
    parameters: graph.initializers
      .filter(({ type }) => floatTypes.has(type))
      .reduce((sum, { shape }) => sum + elementCount(shape), 0),
    unsupported: graph.nodes.filter((node) => !supportsOnnx(node))
      .map(({ name, op, outputs: [first = ""] }) => ({
        name: name || first,
        op,
      })),
    bottlenecks: vectorsOf(model, features, inputSize),
    plan: firstOf(
      targets.filter((outputs) => outputs.length > 0),
      (outputs) =>
        planOf(
          importOnnx(model, {
            ...{ outputs, inputSize },
            channelsLast: true,
          }),
          { outputs },
        ),
    ),
  };
}

const floatTypes: ReadonlySet<number> = new Set([
  onnxTypes.float,
  onnxTypes.double,
  onnxTypes.float16,
  onnxTypes.bfloat16,
]);

function typeName(type: number): string {
  const known = Object.entries(onnxTypes).find(([, number]) => number === type);
  return known?.[0] ?? String(type);
}

function countOps(nodes: readonly OnnxNode[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  return new Map([...counts].sort((a, b) => b[1] - a[1]));
}
