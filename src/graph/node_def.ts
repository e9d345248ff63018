/**
 * A frozen graph as TensorFlow writes it, in plain data.
 *
 * @module
 */

/** TensorFlow's numbers of element types (types.proto). */
export const dataTypes = {
  float: 1,
  double: 2,
  int32: 3,
  uint8: 4,
  string: 7,
  int64: 9,
  bool: 10,
  qint8: 11,
  quint8: 12,
  qint32: 13,
  bfloat16: 14,
  qint16: 15,
  quint16: 16,
  half: 19,
} as const;

/** Dimensions with -1 for an unknown one, or `null` where not even the rank is known. */
export type PartialShape = readonly number[] | null;

/** A tensor in a file; at most one of `content` and `values` is not empty. */
export interface TensorDef {
  /** One of {@linkcode dataTypes}, or a type that is not supported. */
  readonly dtype: number;
  /** Dimensions; a scalar has none. */
  readonly shape: PartialShape;
  /** Elements as little-endian bytes, row-major: a view on the file. */
  readonly content: Uint8Array;
  /** Elements one by one; a short list is filled up with its last one. */
  readonly values: readonly number[];
  /** Elements of a tensor of strings. */
  readonly strings: readonly Uint8Array[];
}

/** The kinds of attribute values. */
export interface AttrValues {
  /** Text, or any bytes. */
  bytes: Uint8Array;
  /** A whole number; past 2^53 the nearest that fits. */
  int: number;
  /** An f32. */
  float: number;
  /** A flag. */
  bool: boolean;
  /** A number of {@linkcode dataTypes}. */
  type: number;
  /** Dimensions; a scalar has none. */
  shape: PartialShape;
  /** A constant. */
  tensor: TensorDef;
  /** The name of an attribute of the enclosing function. */
  placeholder: string;
  /** A call of a function, kept as it is. */
  function: Uint8Array;
  /** Several values. */
  list: AttrList;
}

/** The value of a node's attribute: `switch (attribute.kind)` narrows it. */
export type AttrValue = {
  [K in keyof AttrValues]: { readonly kind: K; readonly value: AttrValues[K] };
}[keyof AttrValues];

/** A list-valued attribute; one of the lists is filled, or none. */
export interface AttrList {
  /** Text, or any bytes. */
  readonly bytes: readonly Uint8Array[];
  /** Whole numbers. */
  readonly ints: readonly number[];
  /** f32 values. */
  readonly floats: readonly number[];
  /** Flags. */
  readonly bools: readonly boolean[];
  /** Numbers of {@linkcode dataTypes}. */
  readonly types: readonly number[];
  /** Shapes. */
  readonly shapes: readonly PartialShape[];
  /** Constants. */
  readonly tensors: readonly TensorDef[];
  /** Calls of functions, kept as they are. */
  readonly functions: readonly Uint8Array[];
}

/** A node as TensorFlow writes it. */
export interface NodeDef {
  /** Unique in its graph. */
  readonly name: string;
  /** The name of the operation, such as `Conv2D`. */
  readonly op: string;
  /** `name`, `name:1` or, for a control input, `^name`. */
  readonly inputs: readonly string[];
  /** Attributes by name; one without a value is left out. */
  readonly attributes: ReadonlyMap<string, AttrValue>;
  /** Where TensorFlow would run it. */
  readonly device?: string;
}

/** A frozen graph as TensorFlow writes it; nodes in any order. */
export interface GraphDef {
  /** In any order. */
  readonly nodes: readonly NodeDef[];
  /** The version of TensorFlow's graph format, which decides what old ops mean. */
  readonly producer: number;
  /** The oldest TensorFlow that may read it. */
  readonly minConsumer?: number;
  /** The function library, kept as it is. */
  readonly library?: Uint8Array;
}
