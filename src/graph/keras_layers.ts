/**
 * The layers of a network that Keras built, numbered as its `model.layers` lists
 * them: the input is the first, and batch norms, activations and pads count, too.
 *
 * @module
 */
import type { GraphDef, NodeDef } from "./graphdef.ts";
import { dataInputs, neededNodes } from "./names.ts";

/** Numbers of layers, from 1. */
export interface LayerNumbers {
  /** How many layers there are, those without weights among them. */
  readonly count: number;
  /** That of a node's layer; `undefined` for what is in none. */
  of(node: string): number | undefined;
  /** That of the convolution or product whose batch norm a node's layer is, else as `of`. */
  first(node: string): number | undefined;
  /** That of a layer by Keras's name for it. */
  named(name: string): number | undefined;
}

/** Names of weights as Keras's layers leave them, frozen or not. */
const kerasWeight = /(?:^|\/)(?:\w*kernel(?:\/read)?|ReadVariableOp(?:\/.*)?)$/;

const products = ["Conv2D", "DepthwiseConv2dNative", "MatMul"];
const norms = /^(?:Rsqrt|FusedBatchNorm(?:V[23])?)$/;
/** What holds or passes on a value, and is no layer of its own. */
const plumbing = ["Const", "Identity", "NoOp", "ReadVariableOp", "VarHandleOp"];
const placeholders = ["Placeholder", "PlaceholderWithDefault"];

interface Layer {
  readonly ops: NodeDef[];
  /** Layers that it reads, in the order it does. */
  readonly inputs: Layer[];
}

/**
 * How Keras numbers the layers up to some tensors; `undefined` where the graph
 * shows none of Keras's habits: each layer a scope of its own, batch norm apart
 * from its convolution, weights named as Keras does.
 */
export function kerasLayerNumbers(
  graphDef: GraphDef,
  outputs: readonly string[],
): LayerNumbers | undefined {
  const nodes = neededNodes(graphDef, { outputs, cuts: new Set() });
  const all = [...nodes.values()];
  const inputs = all.filter(({ op }) => placeholders.includes(op));
  const ops = all.filter(({ op }) =>
    !placeholders.includes(op) && !plumbing.includes(op)
  );
  if (inputs.length !== 1 || ops.length === 0) return undefined;
  const depth = commonScope(ops.map(({ name }) => name));
  const scopeOf = (name: string) => {
    const parts = name.split("/");
    return parts.length > depth + 1 ? parts[depth] : undefined;
  };
  const layers = layersByScope(ops, scopeOf);
  if (!layers || !isOfKeras(layers, { all, scopeOf })) return undefined;
  const input: Layer = { ops: inputs, inputs: [] };
  connect({ nodes, layers, scopeOf, input });
  const ends = outputs.flatMap((name) => {
    const end = sourceOf(nodes, name);
    const scope = end && scopeOf(end.name);
    return scope === undefined ? [] : layers.get(scope) ?? [];
  });
  const order = inKerasOrder(ends);
  const numbers = new Map(order.map((layer, index) => [layer, index + 1]));
  const layerOf = (node: string) => layers.get(scopeOf(node) ?? "");
  const numberOf = (layer: Layer | undefined) => layer && numbers.get(layer);
  return {
    count: order.length,
    of: (node) => numberOf(layerOf(node)),
    first(node) {
      const layer = layerOf(node);
      return numberOf(layer && normalised(layer));
    },
    named(name) {
      const last = name.split("/").at(-1) ?? name;
      // Keras 3 numbers names that it has used before.
      const numbered = [...layers.keys()].find((scope) =>
        scope.replace(/_\d+$/, "") === last
      );
      return numberOf(layers.get(last) ?? layers.get(numbered ?? ""));
    },
  };
}

/** The layer that a batch norm comes after, or the layer itself. */
function normalised(layer: Layer): Layer {
  const isNorm = layer.ops.some(({ op }) => norms.test(op));
  const [before] = layer.inputs;
  const isProduct = before?.ops.some(({ op }) => products.includes(op));
  return isNorm && layer.inputs.length === 1 && isProduct ? before : layer;
}

/** How many scopes all names are in. */
function commonScope(names: readonly string[]): number {
  const [first, ...rest] = names.map((name) => name.split("/").slice(0, -1));
  let depth = first.length;
  for (const scopes of rest) {
    let same = 0;
    while (same < depth && scopes[same] === first[same]) same++;
    depth = same;
  }
  return depth;
}

function layersByScope(
  ops: readonly NodeDef[],
  scopeOf: (name: string) => string | undefined,
): Map<string, Layer> | undefined {
  const layers = new Map<string, Layer>();
  for (const node of ops) {
    const scope = scopeOf(node.name);
    if (scope === undefined) return undefined;
    const layer = layers.get(scope);
    if (layer) layer.ops.push(node);
    else layers.set(scope, { ops: [node], inputs: [] });
  }
  return layers;
}

function isOfKeras(
  layers: ReadonlyMap<string, Layer>,
  { all, scopeOf }: {
    all: readonly NodeDef[];
    scopeOf: (name: string) => string | undefined;
  },
): boolean {
  const withWeights = new Set(
    all.filter(({ name }) => kerasWeight.test(name))
      .map(({ name }) => scopeOf(name)),
  );
  const multiplying = [...layers].filter(([, { ops }]) =>
    ops.some(({ op }) => products.includes(op))
  );
  return multiplying.length > 0 &&
    multiplying.every(([scope, { ops }]) =>
      withWeights.has(scope) && !ops.some(({ op }) => norms.test(op)) &&
      products.every((product) =>
        ops.filter(({ op }) => op === product).length <= 1
      )
    );
}

/** The node that makes a value, behind those that only pass it on. */
function sourceOf(
  nodes: ReadonlyMap<string, NodeDef>,
  name: string,
): NodeDef | undefined {
  const seen = new Set<NodeDef>();
  let node = nodes.get(name.replace(/:\d+$/, ""));
  while (node?.op === "Identity" && !seen.has(node)) {
    seen.add(node);
    const [input] = dataInputs(node);
    node = input && nodes.get(input.node);
  }
  return node;
}

function connect(
  { nodes, layers, scopeOf, input }: {
    nodes: ReadonlyMap<string, NodeDef>;
    layers: ReadonlyMap<string, Layer>;
    scopeOf: (name: string) => string | undefined;
    input: Layer;
  },
): void {
  for (const layer of layers.values()) {
    const read = new Set<Layer>();
    for (const node of layer.ops) {
      for (const { node: name } of dataInputs(node)) {
        const source = sourceOf(nodes, name);
        if (!source || plumbing.includes(source.op)) continue;
        const from = placeholders.includes(source.op)
          ? input
          : layers.get(scopeOf(source.name) ?? "");
        if (from && from !== layer) read.add(from);
      }
    }
    layer.inputs.push(...read);
  }
}

/**
 * The order of `model.layers`: the farthest from the end first, by the longest
 * way; of equally far ones that which a walk back from the end meets first.
 */
function inKerasOrder(ends: readonly Layer[]): Layer[] {
  const met = new Map<Layer, number>();
  const finished: Layer[] = [];
  const open = ends.toReversed().map((layer) => ({ layer, next: 0 }));
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { layer } = top;
    if (top.next === 0 && met.has(layer)) {
      open.pop();
      continue;
    }
    if (top.next === 0) met.set(layer, met.size);
    const input = layer.inputs.at(top.next++);
    if (input !== undefined && top.next <= layer.inputs.length) {
      open.push({ layer: input, next: 0 });
      continue;
    }
    finished.push(layer);
    open.pop();
  }
  const depths = new Map<Layer, number>();
  for (const layer of finished.toReversed()) {
    const depth = depths.get(layer) ?? 0;
    depths.set(layer, depth);
    for (const input of layer.inputs) {
      depths.set(input, Math.max(depths.get(input) ?? 0, depth + 1));
    }
  }
  const of = (layer: Layer, numbers: ReadonlyMap<Layer, number>) =>
    numbers.get(layer) ?? 0;
  return finished.toSorted((a, b) =>
    of(b, depths) - of(a, depths) || of(a, met) - of(b, met)
  );
}
