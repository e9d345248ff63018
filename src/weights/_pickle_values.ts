/**
 * What a pickle holds, as plain data: no object of a class is ever made.
 *
 * @module
 */
import type { WeightType } from "./weight_file.ts";

/** A value of a pickle. Lists, dicts and objects may be filled after they are made. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleObject
  | TorchStorage
  | TorchTensor;

/** A list that nobody changes. */
export interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
}

/** A list or a set. */
export interface PickleList {
  readonly kind: "list";
  readonly items: PickleValue[];
  /** The dict of its pairs, once it was asked for: another for each of many would fill the memory. */
  dict?: PickleDict;
}

/** A dict, an OrderedDict or one of their kind. */
export interface PickleDict {
  readonly kind: "dict";
  readonly entries: Map<PickleValue, PickleValue>;
}

/** A class or a function by its name. */
export interface PickleGlobal {
  readonly kind: "global";
  /** `torch._utils._rebuild_tensor_v2` */
  readonly name: string;
}

/** An object of a class that is not known; it is kept, and nothing of its class is run. */
export interface PickleObject {
  readonly kind: "object";
  /** The class's name. */
  readonly name: string;
  /** What `__setstate__` would be given. */
  state: PickleValue;
}

/** A piece of memory that tensors look at; its bytes come after the pickle. */
export interface TorchStorage {
  readonly kind: "storage";
  /** Undefined for memory whose type the tensors say. */
  readonly type: WeightType | undefined;
  /** Its name in the file. */
  readonly key: string;
  /** Values, or bytes where there is no type. */
  readonly length: number;
  /** Where it begins in the memory of this name, in values. */
  readonly start: number;
}

/** A view of a storage, all within it. */
export interface TorchTensor {
  readonly kind: "tensor";
  readonly type: WeightType;
  readonly storage: TorchStorage;
  /** The first value. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Whether a value is more than a plain one, and has a kind. */
export function isKind(
  value: PickleValue | undefined,
): value is Extract<PickleValue, { readonly kind: string }> {
  return typeof value === "object" && value !== null && "kind" in value;
}

/** Whether a value is a dict. */
export function isDict(value: PickleValue | undefined): value is PickleDict {
  return isKind(value) && value.kind === "dict";
}
