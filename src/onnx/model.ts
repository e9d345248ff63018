/**
 * An ONNX model as plain data: the part of `onnx.proto` that says what a network
 * computes.
 *
 * @module
 */

/** ONNX's numbers of element types (TensorProto.DataType). */
export const onnxTypes = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** What a file beside the model's holds of a tensor. */
export interface ExternalData {
  /** The file's name. */
  readonly location: string;
  /** Where the tensor begins, in bytes. */
  readonly offset: number;
  /** Its bytes [up to the file's end]. */
  readonly length?: number;
}

/** A tensor in a file; at most one of `raw`, `values` and `external` is there. */
export interface OnnxTensor {
  /** Empty for the value of an attribute. */
  readonly name: string;
  /** Dimensions; a scalar has none. */
  readonly shape: readonly number[];
  /** One of {@linkcode onnxTypes}, or a type that is not supported. */
  readonly type: number;
  /** Elements as little-endian bytes, row-major: a view on the file. */
  readonly raw?: Uint8Array;
  /** Elements one by one; f16 and bfloat16 as their bits. */
  readonly values?: readonly number[];
  /** Where the elements are instead. */
  readonly external?: ExternalData;
}

/** The kinds of values that attributes have. */
export interface OnnxAttributeValues {
  /** An f32. */
  float: number;
  /** A whole number; past 2^53 the nearest that fits. */
  int: number;
  /** Text, or any bytes. */
  bytes: Uint8Array;
  /** A constant. */
  tensor: OnnxTensor;
  /** f32 values. */
  floats: readonly number[];
  /** Whole numbers. */
  ints: readonly number[];
  /** Texts. */
  texts: readonly Uint8Array[];
  /** What nothing here reads, such as the graphs of branches: its number in AttributeProto.AttributeType. */
  other: number;
}

/** The value of a node's attribute: `switch (attribute.kind)` narrows it. */
export type OnnxAttribute = {
  [K in keyof OnnxAttributeValues]: {
    readonly kind: K;
    readonly value: OnnxAttributeValues[K];
  };
}[keyof OnnxAttributeValues];

/** One operation. */
export interface OnnxNode {
  /** Empty where it has none. */
  readonly name: string;
  /** The name of the operation, such as `Conv`. */
  readonly op: string;
  /** Whose operation; empty for ONNX's own. */
  readonly domain: string;
  /** Names of tensors; empty for one that is left out. */
  readonly inputs: readonly string[];
  /** Names of tensors; empty for one that is left out. */
  readonly outputs: readonly string[];
  /** Attributes by name. */
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** A dimension: a size, the name of one that is open, or nothing where nothing is known. */
export type OnnxDimension = number | string;

/** What is fed, or comes out. */
export interface OnnxValue {
  /** Unique in its graph. */
  readonly name: string;
  /** One of {@linkcode onnxTypes}; 0 for what is no tensor. */
  readonly type: number;
  /** Sizes, names of those that are open; `null` where not even the rank is known. */
  readonly shape: readonly OnnxDimension[] | null;
}

/** A graph; nodes in an order in which each one's inputs come before it. */
export interface OnnxGraph {
  /** Of the graph. */
  readonly name: string;
  /** The operations. */
  readonly nodes: readonly OnnxNode[];
  /** Tensors whose values are in the file. */
  readonly initializers: readonly OnnxTensor[];
  /** What is fed; in old files the initializers are among them. */
  readonly inputs: readonly OnnxValue[];
  /** What comes out. */
  readonly outputs: readonly OnnxValue[];
  /** What is known of tensors between. */
  readonly values: readonly OnnxValue[];
}

/** A model. */
export interface OnnxModel {
  /** The version of the format. */
  readonly irVersion: number;
  /** The tool that made it. */
  readonly producer: { readonly name: string; readonly version: string };
  /** Versions of the sets of operations, by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  /** What it computes. */
  readonly graph: OnnxGraph;
  /** Texts by name. */
  readonly metadata: ReadonlyMap<string, string>;
}
