/**
 * A frozen graph as TensorFlow.js reads it: its graph model, with each
 * convolution's bias and activation fused as its own converter does it.
 *
 * @module
 */
import type {
  AttrValue,
  GraphDef,
  NodeDef,
  TensorDef,
} from "../../src/graph/mod.ts";

/** A tensor in the weights' bytes. */
export interface WeightSpec {
  /** Of its node. */
  readonly name: string;
  /** Row-major. */
  readonly shape: readonly number[];
  /** Of its elements. */
  readonly dtype: "float32" | "int32";
}

/** What TensorFlow.js is given. */
export interface GraphModel {
  /** A GraphDef in protobuf's JSON form. */
  readonly modelTopology: {
    readonly node: readonly GraphModelNode[];
    readonly versions: { readonly producer: number };
  };
  /** In the order of the bytes. */
  readonly weightSpecs: readonly WeightSpec[];
}

/** A node of it. */
export interface GraphModelNode {
  /** Unique. */
  readonly name: string;
  /** TensorFlow's name of the op. */
  readonly op: string;
  /** Names of nodes. */
  readonly input: readonly string[];
  /** By name, in protobuf's JSON form. */
  readonly attr: Readonly<Record<string, unknown>>;
}

/** Element types of constants, by TensorFlow's number. */
const constantTypes: Readonly<Record<number, WeightSpec["dtype"]>> = {
  1: "float32",
  3: "int32",
};

/** TensorFlow's names of those types in JSON. */
const typeNames: Readonly<Record<number, string>> = {
  1: "DT_FLOAT",
  3: "DT_INT32",
  10: "DT_BOOL",
};

const fusedOps: Readonly<Record<string, string>> = {
  Conv2D: "_FusedConv2D",
  DepthwiseConv2dNative: "FusedDepthwiseConv2dNative",
};

const activations: readonly string[] = ["Relu", "Relu6"];

/**
 * The graph model, and the bytes of its weights in pieces.
 *
 * @throws {Error} if a constant is of another type than f32 and i32.
 */
export function graphModel(
  graphDef: GraphDef,
): { model: GraphModel; weights: readonly Uint8Array[] } {
  const weightSpecs: WeightSpec[] = [];
  const weights: Uint8Array[] = [];
  const nodes = fuse(graphDef.nodes).map((node): GraphModelNode => {
    const value = node.attributes.get("value");
    if (node.op === "Const" && value?.kind === "tensor") {
      weightSpecs.push(specOf(node.name, value.value));
      weights.push(value.value.content);
    }
    const attributes = [...node.attributes].filter(([name]) =>
      name !== "value"
    );
    return {
      name: node.name,
      op: node.op,
      input: node.inputs,
      attr: Object.fromEntries(
        attributes.map(([name, attribute]) => [name, jsonOf(attribute)]),
      ),
    };
  });
  const versions = { producer: graphDef.producer };
  return {
    model: { modelTopology: { node: nodes, versions }, weightSpecs },
    weights,
  };
}

function specOf(name: string, { dtype, shape }: TensorDef): WeightSpec {
  const type = constantTypes[dtype];
  if (type === undefined || shape === null) {
    throw new Error(
      `The constant "${name}" is of a type not written for peers`,
    );
  }
  return { name, shape, dtype: type };
}

/** Convolution, bias and activation that nothing else reads, as one node each. */
function fuse(nodes: readonly NodeDef[]): readonly NodeDef[] {
  const readers = new Map<string, NodeDef[]>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      readers.set(input, [...readers.get(input) ?? [], node]);
    }
  }
  const onlyReader = ({ name }: NodeDef, ops: readonly string[]) => {
    const [reader, ...others] = readers.get(name) ?? [];
    return others.length === 0 && reader !== undefined &&
        reader.inputs[0] === name && ops.includes(reader.op)
      ? reader
      : undefined;
  };
  const gone = new Set<string>();
  const fused = new Map<string, NodeDef>();
  for (const node of nodes) {
    const op = fusedOps[node.op];
    const bias = op === undefined ? undefined : onlyReader(node, ["BiasAdd"]);
    if (op === undefined || bias === undefined) continue;
    const activation = onlyReader(bias, activations);
    const last = activation ?? bias;
    for (const { name } of [node, bias]) gone.add(name);
    fused.set(last.name, {
      name: last.name,
      op,
      inputs: [...node.inputs, ...bias.inputs.slice(1)],
      attributes: new Map([
        ...node.attributes,
        ["num_args", { kind: "int", value: 1 }],
        ["fused_ops", texts("BiasAdd", ...activation ? [activation.op] : [])],
      ]),
    });
  }
  return nodes.flatMap((node) => {
    const made = fused.get(node.name);
    if (made) return [made];
    return gone.has(node.name) ? [] : [node];
  });
}

function texts(...words: readonly string[]): AttrValue {
  const none = {
    ints: [],
    floats: [],
    bools: [],
    types: [],
    shapes: [],
    tensors: [],
    functions: [],
  };
  const encoder = new TextEncoder();
  const bytes = words.map((word) => encoder.encode(word));
  return { kind: "list", value: { ...none, bytes } };
}

/** An attribute in protobuf's JSON form. */
function jsonOf(attribute: AttrValue): unknown {
  switch (attribute.kind) {
    case "bytes":
      return { s: attribute.value.toBase64() };
    case "int":
      return { i: String(attribute.value) };
    case "float":
      return { f: attribute.value };
    case "bool":
      return { b: attribute.value };
    case "type":
      return { type: typeNames[attribute.value] };
    case "shape":
      return {
        shape: {
          dim: attribute.value?.map((size) => ({ size: String(size) })),
        },
      };
    case "list":
      return {
        list: {
          s: attribute.value.bytes.map((text) => text.toBase64()),
          i: attribute.value.ints.map(String),
          f: attribute.value.floats,
        },
      };
    default:
      throw new Error(
        `An attribute (${attribute.kind}) is not written for peers`,
      );
  }
}
