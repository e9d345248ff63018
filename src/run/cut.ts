/**
 * Where a trained network is cut, so that others go on with its layers up to
 * there: after a layer of its base, or after one of its head's dense layers, which
 * belong to the next network's base then.
 *
 * @module
 */
import { InputError, UsageError } from "../errors.ts";
import { type Graph, LayerGraph, nodeOfTensor } from "../graph/mod.ts";
import type { FeatureModel } from "../features/mod.ts";
import { didYouMean } from "../suggest.ts";
import type { Tensors } from "../train/mod.ts";
import type { NetworkBase, NetworkSettings } from "./run_record.ts";

/** Begins the names of the head's layers. */
export const headPrefix = "head/";

/** Begins the names of layers that were those of another run's head. */
export const keptPrefix = "kept/";

/** A base that has layers. */
export type LayeredBase = Exclude<
  NetworkBase,
  { readonly kind: "features" }
>;

/** How a model's layers are trained: as those of its file of weights, or of a frozen graph. */
export function graphKindOf(
  model: Pick<FeatureModel, "trainable">,
): "graph" | "weights" {
  return model.trainable ? "weights" : "graph";
}

/** Units of the dense layers that a base has kept of other heads. */
export function keptOf(base: NetworkBase): readonly number[] {
  return base.kind === "features" ? [] : base.kept ?? [];
}

/** A base's graph with the dense layers that it kept. */
export function withKept(
  graph: Graph,
  { base, seed }: { base: NetworkBase; seed: number },
): Graph {
  const kept = keptOf(base);
  if (kept.length === 0) return graph;
  const layers = new LayerGraph({ seed, from: graph });
  let [x] = graph.outputs;
  if (layers.shape(x).length !== 2) {
    x = layers.flatten(`${keptPrefix}features`, x);
  }
  for (const [index, units] of kept.entries()) {
    const name = `${keptPrefix}dense_${index + 1}`;
    x = layers.dense(name, x, { units, activation: "relu" });
  }
  return layers.finish(x);
}

/** What is computed up to a node, and nothing else. */
export function upTo(graph: Graph, node: string): Graph {
  const last = graph.nodes.find(({ name }) => name === node);
  if (!last) {
    throw new InputError(
      `The network has no layer "${node}" to end after: train a new run`,
    );
  }
  const needed = new Set<string>([...graph.inputs, ...last.outputs]);
  const nodes = graph.nodes.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((name) => needed.has(name))) return false;
    for (const name of [...inputs, ...outputs]) needed.add(name);
    return true;
  }).toReversed();
  const tensors = new Map(
    [...graph.tensors].filter(([name]) => needed.has(name)),
  );
  return { ...graph, nodes, tensors, outputs: [last.outputs[0]] };
}

/**
 * The base of a network that goes on with a run's up to one of the layers that
 * `layers.csv` and `inspect` name; `undefined` where it may be one of the run's
 * model, which is opened up to there. `known` are the names of the base, `kind`
 * is what the layers are of where the run's base has none.
 *
 * @throws {UsageError} if the run has no such layer
 */
export function cutAfter(
  { base, hidden, dropout }: Pick<
    NetworkSettings,
    "base" | "hidden" | "dropout"
  >,
  { layer, path, known, kind }: {
    layer: string;
    path: string;
    known: readonly string[];
    kind: "graph" | "weights";
  },
): LayeredBase | undefined {
  const name = nodeOfTensor(layer);
  const own: LayeredBase = base.kind === "features" ? { kind } : base;
  const before = keptOf(base);
  const withLayers = (kept: readonly number[]) => ({ ...own, kept });
  for (const [index, units] of hidden.entries()) {
    const number = index + 1;
    const names = [
      `dense_${number}`,
      ...dropout > 0 ? [`dropout_${number}`] : [],
    ];
    if (names.some((known) => name === headPrefix + known)) {
      return withLayers([...before, ...hidden.slice(0, index), units]);
    }
  }
  for (const index of before.keys()) {
    if (name === `${keptPrefix}dense_${index + 1}`) {
      return withLayers(before.slice(0, index + 1));
    }
  }
  if (own.kind !== "native" && !name.startsWith(headPrefix)) return undefined;
  if (own.kind === "native" && known.includes(name)) {
    const { kept: _kept, ...native } = own;
    return { ...native, until: name };
  }
  const names = [
    ...known,
    ...before.map((_, index) => `${keptPrefix}dense_${index + 1}`),
    ...hidden.map((_, index) => `${headPrefix}dense_${index + 1}`),
  ];
  throw new UsageError(
    `${path} cannot be cut after "${layer}" (--bottleneck-tensor)${
      didYouMean(name, { known: names }) || `: name one of ${names.join(", ")}`
    }`,
  );
}

/** A run's values by the names that they have in a network which goes on with its layers. */
export function keptValues(
  values: Tensors,
  { base: before }: Pick<NetworkSettings, "base">,
): Tensors {
  const first = keptOf(before).length;
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, tensor]) => {
      if (!name.startsWith(headPrefix)) return [[name, tensor]];
      const [, number, rest] = /^head\/dense_(\d+)\/(.*)$/.exec(name) ?? [];
      return number === undefined ? [] : [[
        `${keptPrefix}dense_${first + Number(number)}/${rest}`,
        tensor,
      ]];
    }),
  );
}
