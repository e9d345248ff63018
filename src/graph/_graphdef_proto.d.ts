/**
 * The messages of `graphdef.proto` as protobufjs reads and writes them. What a
 * file leaves out has the schema's default.
 */
import type { Reader, Writer } from "protobufjs/minimal.js";

/** An object with `toNumber()` where it was read. */
export type Int64 = number | { toNumber(): number };

export interface Message {
  /** Fields the schema does not have, or has with another wire type, tags among them. */
  readonly $unknowns?: readonly Uint8Array[];
}

export interface GraphDef extends Message {
  readonly node: readonly NodeDef[];
  readonly library?: Uint8Array;
  readonly versions?: VersionDef | null;
}

export interface VersionDef extends Message {
  readonly producer: number;
  readonly min_consumer: number;
}

export interface NodeDef extends Message {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly device: string;
  readonly attr: Readonly<Record<string, AttrValue>>;
}

interface AttrValues {
  list: ListValue;
  s: Uint8Array;
  i: Int64;
  f: number;
  b: boolean;
  type: number;
  shape: TensorShapeProto;
  tensor: TensorProto;
  placeholder: string;
  func: Uint8Array;
}

/** `value` names the only field that is set, if one is. */
export type AttrValue =
  & Message
  & (
    | {
      [K in keyof AttrValues]:
        & { readonly value: K }
        & Readonly<Pick<AttrValues, K>>;
    }[keyof AttrValues]
    | { readonly value?: undefined }
  );

export interface ListValue extends Message {
  readonly s: readonly Uint8Array[];
  readonly i: readonly Int64[];
  readonly f: readonly number[];
  readonly b: readonly boolean[];
  readonly type: readonly number[];
  readonly shape: readonly TensorShapeProto[];
  readonly tensor: readonly TensorProto[];
  readonly func: readonly Uint8Array[];
}

export interface TensorShapeProto extends Message {
  readonly dim?: readonly Dim[];
  readonly unknown_rank?: boolean;
}

export interface Dim extends Message {
  readonly size: Int64;
}

export interface TensorProto extends Message {
  readonly dtype: number;
  readonly tensor_shape?: TensorShapeProto | null;
  readonly tensor_content: Uint8Array;
  readonly float_val?: readonly number[];
  readonly double_val?: readonly number[];
  readonly int_val?: readonly number[];
  readonly string_val?: readonly Uint8Array[];
  readonly int64_val?: readonly Int64[];
  readonly bool_val?: readonly boolean[];
  readonly half_val?: readonly number[];
}

export const espalier: {
  readonly GraphDef: {
    decode(reader: Reader): GraphDef;
    encode(message: GraphDef): Writer;
  };
};
