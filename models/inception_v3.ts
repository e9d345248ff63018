/**
 * Inception-v3 as a frozen graph, node by node, with the names, ops and order
 * of the release of 5 December 2015 from JPEG bytes to its 2048 bottleneck
 * values. Architecture: Szegedy et al., "Rethinking the Inception Architecture
 * for Computer Vision", arXiv 1512.00567.
 *
 * @module
 */
import type { NodeDef } from "../src/graph/graphdef.ts";
import { Scope } from "./_scope.ts";
import * as node from "./_nodes.ts";

type Size = readonly [height: number, width: number];

interface Convolution {
  readonly kind: "convolution";
  readonly filters: number;
  readonly kernel: Size;
  readonly stride: number;
  readonly padding: node.Padding;
}

interface Pool {
  readonly kind: "MaxPool" | "AvgPool";
  readonly window: number;
  readonly stride: number;
  readonly padding: node.Padding;
}

/** Convolutions side by side on the same input, at the end of a branch. */
interface Fork {
  readonly kind: "fork";
  readonly convolutions: readonly Convolution[];
}

type Layer = Convolution | Pool | Fork;

/** Branches whose outputs are joined along the channels. */
type MixedBlock = readonly (readonly Layer[])[];

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
const averagePool: Pool = {
  kind: "AvgPool",
  window: 3,
  stride: 1,
  padding: "SAME",
};

const stem: readonly (Convolution | Pool)[] = [
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

function mixedBlocks(lastPool: Pool): readonly MixedBlock[] {
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
  /** Pixels enter the network as `(pixel - subtract) * multiply`. */
  readonly subtract: number;
  /** See {@linkcode InceptionOptions.subtract}. */
  readonly multiply: number;
  /**
   * The pool of the last block's fourth branch: the 2015 release has a maximum
   * there, Keras an average.
   */
  readonly lastPool: "MaxPool" | "AvgPool";
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
  yield* node.decodedImage({
    size: 299,
    subtract: options.subtract,
    multiply: options.multiply,
  });
  let value: Value = { name: "Mul", channels: 3 };
  for (const layer of stem) {
    [value] = yield* layerNodes(builder, root, layer, value);
  }
  const lastPool = { ...averagePool, kind: options.lastPool };
  for (const block of mixedBlocks(lastPool)) {
    value = yield* mixedNodes(builder, root.child("mixed"), block, value);
  }
  yield node.pool("pool_3", value.name, {
    kind: "AvgPool",
    window: 8,
    stride: 1,
    padding: "VALID",
  });
  yield* node.reshape("pool_3/_reshape", "pool_3", [1, value.channels]);
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
  yield* node.concat(name, joined.map((value) => value.name));
  const channels = joined.reduce((sum, value) => sum + value.channels, 0);
  return { name, channels };
}

function* layerNodes(
  builder: Builder,
  scope: Scope,
  layer: Layer,
  input: Value,
): Generator<NodeDef, Value[]> {
  switch (layer.kind) {
    case "convolution":
      return [yield* convolutionNodes(builder, scope, layer, input)];
    case "MaxPool":
    case "AvgPool": {
      const name = scope.name("pool");
      yield node.pool(name, input.name, layer);
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

function* convolutionNodes(
  builder: Builder,
  scope: Scope,
  layer: Convolution,
  input: Value,
): Generator<NodeDef, Value> {
  const name = scope.name("conv");
  const filterShape = [...layer.kernel, input.channels, layer.filters] as const;
  const index = builder.convolutions++;
  const weights = builder.options.weights({ index, filterShape });
  yield* node.convolution(name, input.name, { ...layer, filterShape, weights });
  return { name, channels: layer.filters };
}
