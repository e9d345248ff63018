/**
 * TensorFlow's frozen graph (`.pb`) as plain data, and back to bytes.
 *
 * Nothing is copied: the contents of tensors stay views on the file's bytes
 * until a constant is read (see {@linkcode readTensor}).
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { fileKind } from "./_file_kind.ts";
import { attributesOf, rawAttribute } from "./_raw.ts";
import { decodeMessage, encodeMessage, type RawGraph } from "./_wire.ts";
import type { GraphDef, NodeDef } from "./node_def.ts";

export * from "./node_def.ts";

/**
 * Reads a frozen graph.
 *
 * @param bytes The file; the result keeps views on it.
 * @param options `source` names the file in messages.
 * @throws {InputError} if the bytes are not a GraphDef.
 */
export function decodeGraphDef(
  bytes: Uint8Array,
  options: { source?: string } = {},
): GraphDef {
  const source = options.source ? `"${options.source}"` : "The file";
  const remedy = "give a frozen graph (a binary .pb)";
  if (bytes.length === 0) throw new InputError(`${source} is empty; ${remedy}`);
  const other = fileKind(bytes);
  if (other) throw new InputError(`${source} is ${other}; ${remedy}`);
  let raw: RawGraph;
  try {
    raw = decodeMessage(bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new InputError(
      `${source} is not a whole GraphDef (${error.message}); ${remedy} or fetch it again`,
      { cause: error },
    );
  }
  const nodes = (raw.node ?? []).map((node): NodeDef => ({
    name: node.name ?? "",
    op: node.op ?? "",
    inputs: node.input ?? [],
    attributes: attributesOf(node.attr ?? {}),
    ...(node.device ? { device: node.device } : {}),
  }));
  if (nodes.length === 0) {
    throw new InputError(`${source} has no nodes; ${remedy}`);
  }
  return {
    nodes,
    producer: raw.versions?.producer ?? 0,
    ...(raw.versions?.min_consumer
      ? { minConsumer: raw.versions.min_consumer }
      : {}),
    ...(raw.library?.length ? { library: raw.library } : {}),
  };
}

/** Writes a frozen graph; what {@linkcode decodeGraphDef} read comes out equal. */
export function encodeGraphDef(graphDef: GraphDef): Uint8Array {
  return encodeMessage({
    node: graphDef.nodes.map((node) => ({
      name: node.name,
      op: node.op,
      input: [...node.inputs],
      device: node.device ?? "",
      attr: Object.fromEntries(
        [...node.attributes].map((
          [name, value],
        ) => [name, rawAttribute(value)]),
      ),
    })),
    versions: {
      producer: graphDef.producer,
      min_consumer: graphDef.minConsumer ?? 0,
    },
    ...(graphDef.library ? { library: graphDef.library } : {}),
  });
}
