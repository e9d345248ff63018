/**
 * Inputs of a graph that are given once, before it is imported.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { dataTypes, type GraphDef, type NodeDef } from "./graphdef.ts";
import { makeNode, typeAttribute } from "./make_node.ts";
import { nodeNamed, nodeOfTensor, nodesByName } from "./names.ts";

/** A value for an input of a graph. */
export interface SetValue {
  /** Dimensions; none for a number or a truth. */
  readonly shape: readonly number[];
  /** Elements, row-major; what is true is 1. */
  readonly data: ArrayLike<number>;
}

/** Whether a node is an input that may be given once. */
export function isInput({ op }: NodeDef): boolean {
  return op === "Placeholder" || op === "PlaceholderWithDefault";
}

/**
 * The graph with constants in the place of some of its inputs, by tensor name: whether
 * it trains, what share dropout keeps.
 *
 * @throws {InputError} if there is no such tensor, {@linkcode UsageError} if it is no
 * input, or one of another shape
 */
export function setValues(
  graphDef: GraphDef,
  values: ReadonlyMap<string, SetValue>,
): GraphDef {
  if (values.size === 0) return graphDef;
  const nodes = nodesByName(graphDef);
  const constants = new Map<string, NodeDef>();
  for (const [name, value] of values) {
    const node = nodeNamed(nodes, name);
    constants.set(node.name, constantOf(node, value));
  }
  return {
    ...graphDef,
    nodes: graphDef.nodes.map((node) => constants.get(node.name) ?? node),
  };
}

function constantOf(node: NodeDef, { shape: given, data }: SetValue): NodeDef {
  if (!isInput(node)) {
    throw new UsageError(
      `"${node.name}" (op "${node.op}") is computed and cannot be set: set an input of the graph`,
    );
  }
  const attributeOf = (name: string) => node.attributes.get(name);
  const declared = attributeOf("shape");
  const sizes = declared?.kind === "shape" ? declared.value : null;
  // A file of one value may have an axis for it.
  const shape = given.join() === "1" && !(sizes && sizes.length > 0)
    ? []
    : given;
  // Old graphs write no dimensions where any are meant.
  const fits = !sizes || sizes.length === 0 ||
    sizes.length === shape.length &&
      sizes.every((size, axis) => size < 0 || size === shape[axis]);
  if (!fits) {
    throw new UsageError(
      `Input "${nodeOfTensor(node.name)}" takes [${
        sizes.map((size) => size < 0 ? "?" : size).join(", ")
      }], and what is set has shape [${shape.join(", ")}]: feed it`,
    );
  }
  const type = attributeOf("dtype");
  const dtype = type?.kind === "type" ? type.value : dataTypes.float;
  checkElements(node, dtype, data);
  const value = {
    ...{ dtype, shape, content: new Uint8Array(), strings: [] },
    values: Array.from(data),
  };
  return makeNode("Const", node.name, [], [
    typeAttribute("dtype", dtype),
    ["value", { kind: "tensor", value }],
  ]);
}

function checkElements(
  { name }: NodeDef,
  dtype: number,
  data: ArrayLike<number>,
): void {
  const isTruth = dtype === dataTypes.bool;
  const isWhole = dtype === dataTypes.int32 || dtype === dataTypes.int64;
  const wrong = Array.from(data).find((value) =>
    isTruth ? value !== 0 && value !== 1 : isWhole && !Number.isInteger(value)
  );
  if (wrong === undefined) return;
  throw new UsageError(
    `Input "${name}" takes ${
      isTruth ? "true or false" : "whole numbers"
    }, got ${wrong}`,
  );
}

/**
 * What settings such as `is_training=false` or `keep_prob:0=1` say.
 *
 * @throws {UsageError} that names one which says nothing, or says it twice
 */
export function parseSettings(
  settings: readonly string[],
): Map<string, SetValue> {
  const values = new Map<string, SetValue>();
  for (const setting of settings) {
    const [, name, text] = /^([^=]+)=(.+)$/s.exec(setting) ?? [];
    const value = text === undefined ? NaN : numberOf(text.trim());
    if (name === undefined || Number.isNaN(value)) {
      throw new UsageError(
        `--set takes NAME=true, NAME=false or NAME=NUMBER, got "${setting}"`,
      );
    }
    const node = nodeOfTensor(name);
    if (values.has(node)) {
      throw new UsageError(`--set gives "${node}" twice; give it once`);
    }
    values.set(node, { shape: [], data: [value] });
  }
  return values;
}

function numberOf(text: string): number {
  const truths = new Map([["true", 1], ["false", 0]]);
  return truths.get(text.toLowerCase()) ?? Number(text === "" ? NaN : text);
}
