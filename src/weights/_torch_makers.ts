/**
 * What a torch file may ask to be made: tensors and dicts. Everything else that
 * it names is either kept by its name, or refused as code.
 *
 * @module
 */
import {
  isDict,
  isKind,
  type PickleValue,
  type TorchStorage,
  type TorchTensor,
} from "./_pickle_values.ts";
import { CodeError, type Makers, PickleError } from "./_unpickle.ts";
import { elementBytes } from "./_element_types.ts";
import type { WeightType } from "./weight_file.ts";

/** More than any name of a class has. */
const longestName = 500;

/** Makes what a torch file asks for. */
export const torchMakers: Makers = {
  global(asked) {
    if (asked.length > longestName) throw damaged();
    const name = knownName(asked);
    if (isCode(name)) throw new CodeError(name);
    return { kind: "global", name };
  },
  call(name, args) {
    const maker = makers.get(name);
    if (maker) return maker(args);
    if (name.startsWith("torch._utils._rebuild_")) {
      throw new PickleError(`it holds a tensor of an unknown kind (${name})`);
    }
    if (!harmless.has(name) && !isClass(name)) throw new CodeError(name);
    return { kind: "object", name, state: null };
  },
  make(name) {
    return dicts.has(name)
      ? { kind: "dict", entries: new Map() }
      : { kind: "object", name, state: null };
  },
  persistent(id) {
    if (!isKind(id) || id.kind !== "tuple") throw damaged();
    const [kind, type, ...rest] = id.items;
    // Old files name the classes of a whole model so, with their source.
    if (kind === "module") return type;
    if (kind !== "storage") throw damaged();
    const name = isKind(type) && type.kind === "global" ? type.name : "";
    const valueType = storageTypes.get(name);
    if (valueType === undefined && !untyped.has(name)) {
      throw new PickleError(`it holds values of ${shown(name)}`);
    }
    return storageOf(valueType, rest);
  },
};

/** Names of Python 2, of the system and of memory on a GPU as people know them. */
function knownName(name: string): string {
  return name.replace(/^__builtin__\./, "builtins.")
    .replace(/^copy_reg\./, "copyreg.")
    .replace(/^(?:posix|nt)\./, "os.")
    .replace(/^torch\.cuda\.(?=\w+Storage$)/, "torch.");
}

/** Modules whose every function does something. */
const codeModules: ReadonlySet<string> = new Set([
  ...["_posixsubprocess", "_thread", "asyncio", "bdb", "cloudpickle", "code"],
  ...["codeop", "commands", "ctypes", "dill", "http", "importlib", "joblib"],
  ...["marshal", "multiprocessing", "operator", "os", "pdb", "pickle"],
  ...["_pickle", "pip", "platform", "profile", "pty", "requests"],
  ...["runpy", "shutil", "signal", "socket", "subprocess", "sys", "threading"],
  ...["timeit", "urllib", "webbrowser", "zipimport"],
]);

const codeFunctions: ReadonlySet<string> = new Set([
  ...["__import__", "breakpoint", "compile", "delattr", "eval", "exec"],
  ...["execfile", "getattr", "globals", "input", "locals", "open", "setattr"],
].map((name) => `builtins.${name}`));

function isCode(name: string): boolean {
  return codeModules.has(name.split(".")[0]) || codeFunctions.has(name);
}

/** As Python's classes are called; to make an object of one is no call of a function. */
function isClass(name: string): boolean {
  return /^[A-Z]/.test(name.split(".").at(-1) ?? "");
}

/** What is called in files of honest people and does nothing. */
const harmless: ReadonlySet<string> = new Set([
  ...["_codecs.encode", "copyreg._reconstructor", "functools.partial"],
  ...["datetime.date", "datetime.datetime", "datetime.time"],
  ...["datetime.timedelta", "datetime.timezone"],
  ...["bool", "bytearray", "bytes", "complex", "float", "int", "object"]
    .map((name) => `builtins.${name}`),
  ...["frozenset", "list", "range", "set", "slice", "str", "tuple"]
    .map((name) => `builtins.${name}`),
  "collections.deque",
  ...["_reconstruct", "scalar", "_frombuffer"].flatMap((name) => [
    `numpy.core.multiarray.${name}`,
    `numpy._core.multiarray.${name}`,
    `numpy.core.numeric.${name}`,
    `numpy._core.numeric.${name}`,
  ]),
  ...["numpy.dtype", "numpy.ndarray", "torch.device", "torch.dtype"],
]);

/** Classes whose objects are dicts. */
const dicts: ReadonlySet<string> = new Set([
  "builtins.dict",
  "collections.Counter",
  "collections.OrderedDict",
  "collections.defaultdict",
]);

type Maker = (args: readonly PickleValue[]) => PickleValue;

const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["builtins.dict", dictOf],
  ["collections.OrderedDict", dictOf],
  ["collections.Counter", dictOf],
  // Its first argument is what makes values that are missing.
  ["collections.defaultdict", ([, ...rest]) => dictOf(rest)],
  ["torch.Size", ([sizes = null]) => sizes],
  ["torch._utils._rebuild_tensor", tensorOf],
  ["torch._utils._rebuild_tensor_v2", tensorOf],
  ["torch._utils._rebuild_tensor_v3", tensorOf],
  ["torch._utils._rebuild_parameter", parameterOf],
  ["torch._utils._rebuild_parameter_with_state", parameterOf],
  ["torch._tensor._rebuild_from_type", subclassOf],
  ["torch._tensor._rebuild_from_type_v2", subclassOf],
]);

/** A dict of a dict, or of a list of pairs as Python 2 wrote it. */
function dictOf([items = null]: readonly PickleValue[]): PickleValue {
  if (isDict(items)) return items;
  if (!isKind(items) || items.kind !== "list") {
    return { kind: "dict", entries: new Map() };
  }
  items.dict ??= {
    kind: "dict",
    entries: new Map(items.items.map((pair) => {
      const [key, value] = itemsOf(pair);
      if (value === undefined) throw damaged();
      return [key, value];
    })),
  };
  return items.dict;
}

function itemsOf(value: PickleValue): readonly PickleValue[] {
  const isList = isKind(value) &&
    (value.kind === "list" || value.kind === "tuple");
  return isList ? value.items : [];
}

function parameterOf([data = null]: readonly PickleValue[]): PickleValue {
  return data;
}

/** A tensor of a class of its own: what makes it comes first, its arguments third. */
function subclassOf([maker, , args]: readonly PickleValue[]): PickleValue {
  const name = isKind(maker) && maker.kind === "global" ? maker.name : "";
  if (!name.startsWith("torch._utils._rebuild_tensor")) {
    throw new CodeError(shown(name));
  }
  return torchMakers.call(name, itemsOf(args ?? null));
}

/** The values' type by the name of their storage. */
const storageTypes: ReadonlyMap<string, WeightType> = new Map(
  ([
    ["Bool", "bool"],
    ["Byte", "u8"],
    ["Char", "i8"],
    ["Short", "i16"],
    ["Int", "i32"],
    ["Long", "i64"],
    ["Half", "f16"],
    ["BFloat16", "bf16"],
    ["Float", "f32"],
    ["Double", "f64"],
  ] as const).map(([name, type]) => [`torch.${name}Storage`, type]),
);

/** Memory whose type the tensors say. */
const untyped: ReadonlySet<string> = new Set([
  "torch.UntypedStorage",
  "torch._UntypedStorage",
  "torch.storage.UntypedStorage",
  "torch.storage._UntypedStorage",
]);

/** The types that a tensor may say itself. */
const valueTypes: ReadonlyMap<string, WeightType> = new Map(
  ([
    ["bool", "bool"],
    ["uint8", "u8"],
    ["int8", "i8"],
    ["int16", "i16"],
    ["uint16", "u16"],
    ["int32", "i32"],
    ["uint32", "u32"],
    ["int64", "i64"],
    ["uint64", "u64"],
    ["float16", "f16"],
    ["bfloat16", "bf16"],
    ["float32", "f32"],
    ["float64", "f64"],
  ] as const).map(([name, type]) => [`torch.${name}`, type]),
);

/** More than any tensor has. */
const maximumRank = 64;

/** A view of a storage: (storage, offset, shape, strides, ...), and the type as the seventh in the third version. */
function tensorOf(args: readonly PickleValue[]): TorchTensor {
  const [storage, offset, sizes, steps, , , dtype] = args;
  if (!isKind(storage) || storage.kind !== "storage") throw damaged();
  const shape = naturalsOf(sizes);
  const strides = naturalsOf(steps);
  const type = storage.type ?? valueTypeOf(dtype);
  const isView = shape.length === strides.length && isNatural(offset);
  if (!isView) throw damaged();
  checkBounds({ type, storage, offset, shape, strides });
  return { kind: "tensor", type, storage, offset, shape, strides };
}

/** What repeats the values of a smaller storage, as `expand()` does, may have so many. */
const mostRepeated = 2 ** 16;

function checkBounds(
  { type, storage, offset, shape, strides }: Omit<TorchTensor, "kind">,
): void {
  const length = storage.type === undefined
    ? Math.floor(storage.length / elementBytes[type])
    : storage.length;
  const count = shape.reduce((product, size) => product * size, 1);
  const last = shape.reduce(
    (sum, size, axis) => sum + (size - 1) * strides[axis],
    offset,
  );
  if (count === 0) return;
  if (!(last < length)) {
    throw new PickleError("it has a tensor that reaches beyond its values");
  }
  if (!(count <= Math.max(length, mostRepeated))) {
    throw new PickleError(
      "it has a tensor that repeats few values without end",
    );
  }
}

function valueTypeOf(dtype: PickleValue | undefined): WeightType {
  const name = isKind(dtype) && dtype.kind === "global" ? dtype.name : "";
  const type = valueTypes.get(name);
  if (type) return type;
  throw new PickleError(`it holds values of ${shown(name)}`);
}

/** Of the parts after its class: name, device, length, and what part it is of another's memory. */
function storageOf(
  type: WeightType | undefined,
  [key, , length, view]: readonly PickleValue[],
): TorchStorage {
  const name = typeof key === "number" ? String(key) : key;
  if (typeof name !== "string" || !isNatural(length)) throw damaged();
  const [, start = 0, viewLength = length] = itemsOf(view ?? null);
  if (!isNatural(start) || !isNatural(viewLength)) throw damaged();
  if (start + viewLength > length) throw damaged();
  return { kind: "storage", type, key: name, length: viewLength, start };
}

function naturalsOf(value: PickleValue | undefined): number[] {
  const items = itemsOf(value ?? null);
  if (items.length > maximumRank) throw damaged();
  return items.map((item) => {
    if (isNatural(item)) return item;
    throw damaged();
  });
}

function isNatural(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function shown(name: string): string {
  return name === "" ? "no known type" : name;
}

function damaged(): PickleError {
  return new PickleError("its pickle is damaged");
}
