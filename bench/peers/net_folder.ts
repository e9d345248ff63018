/**
 * What other engines read of a net: the same graph, weights and pictures in the
 * form that each of them takes.
 *
 * @module
 */
import { join } from "@std/path";
import {
  elementCount,
  encodeGraphDef,
  frozenGraph,
  type Graph,
  nodeNameOf,
  type Shape,
  tensorOf,
} from "../../src/graph/mod.ts";
import { encodeOnnx, toOnnx } from "../../src/onnx/mod.ts";
import { forwardPasses, liftBatch, optimise } from "../../src/passes/mod.ts";
import { graphModel } from "./graph_model.ts";

/** Pictures that a peer is given at once; the faster counts. */
export const peerBatches = [1, 8] as const;

/** How many pictures are in the folder. */
export const peerPictures = Math.max(...peerBatches);

/** Names of the files in a peer's folder. */
export const netFiles = {
  /** What {@linkcode NetFacts} says. */
  facts: "net.json",
  /** {@linkcode peerPictures} pictures, NHWC, f32. */
  pixels: "pixels.bin",
  /** A frozen graph for any batch. */
  graph: "graph.pb",
  /** The same for any batch, NHWC. */
  onnx: "net.onnx",
  /** For TensorFlow.js. */
  graphModel: "model.json",
  /** Of that. */
  weights: "weights.bin",
} as const;

/** What there is to know of a net beside its files. */
export interface NetFacts {
  /** The name of its pictures in the ONNX model. */
  readonly input: string;
  /** The name of its features there. */
  readonly output: string;
  /** The nodes of both in the frozen graph. */
  readonly nodes: { readonly input: string; readonly output: string };
  /** Of one picture: `[height, width, channels]`. */
  readonly shape: Shape;
}

/**
 * Writes a net and the pictures into a folder. Batch norms are folded, which
 * TensorFlow and ONNX Runtime would do themselves.
 *
 * @throws {Error} if there is no way to say the graph in TensorFlow's ops.
 */
export async function writeNet(
  net: { graph: Graph; pixels: Float32Array<ArrayBuffer> },
  folder: string,
): Promise<void> {
  const graph = optimise(net.graph, { without: forwardPasses });
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  const facts: NetFacts = {
    ...{ input, output },
    shape: tensorOf(graph, input).shape.slice(1),
    nodes: { input: nodeNameOf(input), output: nodeNameOf(output) },
  };
  const write = (name: string, data: Uint8Array | ReadableStream<Uint8Array>) =>
    Deno.writeFile(join(folder, name), data);
  await Deno.writeTextFile(join(folder, netFiles.facts), JSON.stringify(facts));
  const given = net.pixels.subarray(
    0,
    peerPictures * elementCount(facts.shape),
  );
  await write(
    netFiles.pixels,
    new Uint8Array(given.buffer, 0, given.byteLength),
  );
  await writeGraph(graph, folder);
  const lifted = liftBatch(graph, peerPictures);
  const onnx = toOnnx(lifted, { batch: peerPictures, layout: "nhwc" });
  await write(netFiles.onnx, encodeOnnx(onnx));
}

async function writeGraph(graph: Graph, folder: string): Promise<void> {
  const graphDef = frozenGraph(graph);
  await Deno.writeFile(join(folder, netFiles.graph), encodeGraphDef(graphDef));
  const { model, weights } = graphModel(graphDef);
  await Deno.writeTextFile(
    join(folder, netFiles.graphModel),
    JSON.stringify(model),
  );
  const pieces = weights.map((piece) => piece.slice());
  await Deno.writeFile(
    join(folder, netFiles.weights),
    new Blob(pieces).stream(),
  );
}

/** What a peer reads first. */
export async function readNet(folder: string): Promise<{
  facts: NetFacts;
  /** That many pictures. */
  pixelsOf(batch: number): Float32Array<ArrayBuffer>;
}> {
  const text = await Deno.readTextFile(join(folder, netFiles.facts));
  const facts: NetFacts = JSON.parse(text);
  const { buffer } = await Deno.readFile(join(folder, netFiles.pixels));
  const pixels = new Float32Array(buffer);
  return {
    facts,
    pixelsOf: (batch) => pixels.slice(0, batch * elementCount(facts.shape)),
  };
}
