/**
 * Inception-v3 as a frozen graph, node by node, with the names, ops and order
 * of the release of 5 December 2015 from JPEG bytes to its 2048 bottleneck
 * values. Architecture: Szegedy et al., "Rethinking the Inception Architecture
 * for Computer Vision", arXiv 1512.00567.
 *
 * @module
 */
import { dataTypes, type NodeDef } from "../src/graph/graphdef.ts";
import { preprocessingNodes } from "../src/graph/classifier_nodes.ts";
import {
  bytesAttribute,
  constantNode,
  intConstant,
  ints,
  makeNode,
  typeAttribute,
} from "../src/graph/make_node.ts";

type Size = readonly [height: number, width: number];
type Padding = "SAME" | "VALID";

/** A convolution with its batch norm and ReLU. */
export interface Convolution {
  readonly kind: "convolution";
  readonly filters: number;
  readonly kernel: Size;
  readonly stride: number;
  readonly padding: Padding;
}

/** A pool of one kind; averages leave padding out here. */
export interface Pool {
  readonly kind: "MaxPool" | "AvgPool";
  readonly window: number;
  readonly stride: number;
  readonly padding: Padding;
}

/** Convolutions side by side on the same input, at the end of a branch. */
interface Fork {
  readonly kind: "fork";
  readonly convolutions: readonly Convolution[];
}

/** A step of a branch. */
export type InceptionLayer = Convolution | Pool | Fork;

/** Branches whose outputs are joined along the channels. */
export type MixedBlock = readonly (readonly InceptionLayer[])[];

function convolution(
  filters: number,
  kernel: Size,
  { stride = 1, padding = "SAME" }: Partial<Convolution> = {},
): Convolution {
  return { kind: "convolution", filters, kernel, stride, padding };
}

function fork(...convolutions: Convolution[]): Fork {
  return { kind: "fork", convolutions };
}

const halving = { stride: 2, padding: "VALID" } as const;
const maxPool: Pool = { kind: "MaxPool", window: 3, ...halving };
/** Of the blocks' fourth branches. */
export const averagePool: Pool = {
  kind: "AvgPool",
  window: 3,
  stride: 1,
  padding: "SAME",
};

/** What comes before the blocks. */
export const stem: readonly (Convolution | Pool)[] = [
  convolution(32, [3, 3], halving),
  convolution(32, [3, 3], { padding: "VALID" }),
  convolution(64, [3, 3]),
  maxPool,
  convolution(80, [1, 1], { padding: "VALID" }),
  convolution(192, [3, 3], { padding: "VALID" }),
  maxPool,
];

/** 35x35 cells: 1x1, 5x5, two 3x3 and pool branches. */
function cells35(poolFilters: number): MixedBlock {
  return [
    [convolution(64, [1, 1])],
    [convolution(48, [1, 1]), convolution(64, [5, 5])],
    [
      convolution(64, [1, 1]),
      convolution(96, [3, 3]),
      convolution(96, [3, 3]),
    ],
    [averagePool, convolution(poolFilters, [1, 1])],
  ];
}

/** 17x17 cells: 7x7 convolutions factored into 1x7 and 7x1. */
function cells17(inner: number): MixedBlock {
  return [
    [convolution(192, [1, 1])],
    [
      convolution(inner, [1, 1]),
      convolution(inner, [1, 7]),
      convolution(192, [7, 1]),
    ],
    [
      convolution(inner, [1, 1]),
      convolution(inner, [7, 1]),
      convolution(inner, [1, 7]),
      convolution(inner, [7, 1]),
      convolution(192, [1, 7]),
    ],
    [averagePool, convolution(192, [1, 1])],
  ];
}

/** 8x8 cells: 3x3 convolutions that fork into 1x3 and 3x1. */
function cells8(pool: Pool): MixedBlock {
  const forked = fork(convolution(384, [1, 3]), convolution(384, [3, 1]));
  return [
    [convolution(320, [1, 1])],
    [convolution(384, [1, 1]), forked],
    [convolution(448, [1, 1]), convolution(384, [3, 3]), forked],
    [pool, convolution(192, [1, 1])],
  ];
}

const to17: MixedBlock = [
  [convolution(384, [3, 3], halving)],
  [
    convolution(64, [1, 1]),
    convolution(96, [3, 3]),
    convolution(96, [3, 3], halving),
  ],
  [maxPool],
];

const to8: MixedBlock = [
  [convolution(192, [1, 1]), convolution(320, [3, 3], halving)],
  [
    convolution(192, [1, 1]),
    convolution(192, [1, 7]),
    convolution(192, [7, 1]),
    convolution(192, [3, 3], halving),
  ],
  [maxPool],
];

/** The blocks in order. */
export function mixedBlocks(lastPool: Pool): readonly MixedBlock[] {
  return [
    cells35(32),
    cells35(64),
    cells35(64),
    to17,
    cells17(128),
    cells17(160),
    cells17(160),
    cells17(192),
    to8,
    cells8(averagePool),
    cells8(lastPool),
  ];
}

/** Weights of one convolution and of the batch norm behind it. */
export interface ConvolutionWeights {
  /** HWIO. */
  readonly filter: Float32Array;
  /** What the batch norm adds at last, a value a filter. */
  readonly beta: Float32Array;
  /** What the batch norm subtracts, a value a filter. */
  readonly mean: Float32Array;
  /** Before epsilon (0.001) is added, a value a filter. */
  readonly variance: Float32Array;
}

/** What the builder asks a source of weights for. */
export interface ConvolutionRequest {
  /** Position in the order of the graph, from 0 to 93. */
  readonly index: number;
  /** Height, width, input channels, output channels. */
  readonly filterShape: readonly [number, number, number, number];
}

/** Where weights and preprocessing come from. */
export interface InceptionOptions {
  /** Called once for each convolution, in order; what it returns is not kept. */
  weights(request: ConvolutionRequest): ConvolutionWeights;
  /** Pixels enter the network as `(pixel - mean) / std`. */
  readonly mean: number;
  /** See {@linkcode InceptionOptions.mean}. */
  readonly std: number;
  /**
   * The pool of the last block's fourth branch: the 2015 release has a maximum
   * there, Keras an average.
   */
  readonly lastPool: "MaxPool" | "AvgPool";
}

const float = typeAttribute("T", dataTypes.float);

/** Unique names below a prefix, numbered as TensorFlow does: conv, conv_1, conv_2. */
class Scope {
  readonly #prefix: string;
  readonly #used = new Map<string, number>();

  constructor(prefix = "") {
    this.#prefix = prefix;
  }

  /** The next free name: `prefix/base`, then `prefix/base_1`. */
  name(base: string): string {
    const count = this.#used.get(base) ?? 0;
    this.#used.set(base, count + 1);
    return `${this.#prefix}${base}${count === 0 ? "" : `_${count}`}`;
  }

  /** A scope of the next free name. */
  child(base: string): Scope {
    return new Scope(`${this.name(base)}/`);
  }
}

/** An output of the graph while it grows. */
interface Value {
  readonly name: string;
  readonly channels: number;
}

interface Builder {
  readonly options: InceptionOptions;
  convolutions: number;
}

/**
 * The graph's nodes in the order of the release, each made when it is asked
 * for, so that one layer's weights are in memory at a time. Input
 * `DecodeJpeg/contents` (a string), output `pool_3/_reshape` `[1, 2048]`.
 */
export function* inceptionNodes(
  options: InceptionOptions,
): Generator<NodeDef> {
  const builder: Builder = { options, convolutions: 0 };
  const root = new Scope();
  const { mean, std } = options;
  const images = { height: 299, width: 299, mean, std };
  yield* preprocessingNodes(images, { scope: "" });
  let value: Value = { name: "Mul", channels: 3 };
  for (const layer of stem) {
    [value] = yield* layerNodes(builder, root, layer, value);
  }
  const lastPool = { ...averagePool, kind: options.lastPool };
  for (const block of mixedBlocks(lastPool)) {
    value = yield* mixedNodes(builder, root.child("mixed"), block, value);
  }
  yield poolNode("pool_3", value.name, {
    kind: "AvgPool",
    window: 8,
    stride: 1,
    padding: "VALID",
  });
  yield intConstant("pool_3/_reshape/shape", [1, value.channels]);
  yield makeNode("Reshape", "pool_3/_reshape", [
    "pool_3",
    "pool_3/_reshape/shape",
  ], [float, typeAttribute("Tshape", dataTypes.int32)]);
}

function* mixedNodes(
  builder: Builder,
  scope: Scope,
  block: MixedBlock,
  input: Value,
): Generator<NodeDef, Value> {
  const joined: Value[] = [];
  for (const branch of block) {
    // A branch of a single layer has no scope of its own in the release.
    const place = branch.length === 1 ? scope : scope.child("tower");
    let outputs = [input];
    for (const layer of branch) {
      outputs = yield* layerNodes(builder, place, layer, outputs[0]);
    }
    joined.push(...outputs);
  }
  const name = scope.name("join");
  const dimension = `${name}/concat_dim`;
  yield intConstant(dimension, 3);
  yield makeNode("Concat", name, [
    dimension,
    ...joined.map((value) => value.name),
  ], [float, ["N", { kind: "int", value: joined.length }]]);
  const channels = joined.reduce((sum, value) => sum + value.channels, 0);
  return { name, channels };
}

function* layerNodes(
  builder: Builder,
  scope: Scope,
  layer: InceptionLayer,
  input: Value,
): Generator<NodeDef, Value[]> {
  switch (layer.kind) {
    case "convolution":
      return [yield* convolutionNodes(builder, scope, layer, input)];
    case "MaxPool":
    case "AvgPool": {
      const name = scope.name("pool");
      yield poolNode(name, input.name, layer);
      return [{ name, channels: input.channels }];
    }
    case "fork": {
      const place = scope.child("mixed");
      const outputs: Value[] = [];
      for (const each of layer.convolutions) {
        outputs.push(yield* convolutionNodes(builder, place, each, input));
      }
      return outputs;
    }
  }
}

/** A convolution, a batch norm without scale, a check for NaN, and a ReLU. */
function* convolutionNodes(
  builder: Builder,
  scope: Scope,
  { kernel, filters, stride, padding }: Convolution,
  input: Value,
): Generator<NodeDef, Value> {
  const name = scope.name("conv");
  const filterShape = [...kernel, input.channels, filters] as const;
  const index = builder.convolutions++;
  const { filter, beta, mean, variance } = builder.options
    .weights({ index, filterShape });
  const params = `${name}/conv2d_params`;
  yield constantNode(params, filterShape, filter);
  yield makeNode("Conv2D", `${name}/Conv2D`, [input.name, params], [
    float,
    ["strides", ints(1, stride, stride, 1)],
    ["padding", bytesAttribute(padding)],
  ]);
  const norm = `${name}/batchnorm`;
  const gamma = new Float32Array(filters).fill(1);
  yield constantNode(`${norm}/gamma`, [filters], gamma);
  yield constantNode(`${norm}/beta`, [filters], beta);
  yield constantNode(`${norm}/moving_mean`, [filters], mean);
  yield constantNode(`${norm}/moving_variance`, [filters], variance);
  yield makeNode("BatchNormWithGlobalNormalization", norm, [
    `${name}/Conv2D`,
    `${norm}/moving_mean`,
    `${norm}/moving_variance`,
    `${norm}/beta`,
    `${norm}/gamma`,
  ], [
    float,
    ["variance_epsilon", { kind: "float", value: 0.001 }],
    ["scale_after_normalization", { kind: "bool", value: false }],
  ]);
  const check = `${name}/CheckNumerics`;
  const message = bytesAttribute(`${norm} is not finite`);
  yield makeNode("CheckNumerics", check, [norm], [float, ["message", message]]);
  const checked = `${name}/control_dependency`;
  yield makeNode("Identity", checked, [norm, `^${check}`], [float]);
  yield makeNode("Relu", name, [checked], [float]);
  return { name, channels: filters };
}

/** A pool over height and width; averages leave the padding out. */
function poolNode(
  name: string,
  input: string,
  { kind, window, stride, padding }: Pool,
): NodeDef {
  return makeNode(kind, name, [input], [
    float,
    ["ksize", ints(1, window, window, 1)],
    ["strides", ints(1, stride, stride, 1)],
    ["padding", bytesAttribute(padding)],
  ]);
}
