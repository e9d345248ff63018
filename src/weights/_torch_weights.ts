/**
 * Weights out of PyTorch's files (`.pth`, `.pt`, `.bin`): the zip archives that
 * it writes since 1.6, and the streams of pickles that it wrote before.
 *
 * @module
 */
import { isZip, openZip, type Zip } from "../bytes/zip.ts";
import { InputError } from "../errors.ts";
import { elementBytes, stridedValues } from "./_element_types.ts";
import type { TorchStorage, TorchTensor } from "./_pickle_values.ts";
import { isDict, isKind, type PickleValue } from "./_pickle_values.ts";
import { stateDictOf } from "./_state_dict.ts";
import { torchMakers } from "./_torch_makers.ts";
import { CodeError, PickleError, unpickle } from "./_unpickle.ts";
import type { WeightFile, WeightTensor } from "./weight_file.ts";

/** A file's one value, and the bytes of the storages in it. */
interface TorchFile {
  readonly value: PickleValue;
  /** By name, those that are there. */
  read(keys: ReadonlySet<string>): ReadonlyMap<string, Uint8Array | undefined>;
}

/** What a file of the old kind begins with: a number, pickled. */
const legacyMagic = [
  ...[0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8],
  ...[0x50, 0x19, 0x2e],
];

/** Whether a file is of the kind that torch wrote before 1.6, or with `_use_new_zipfile_serialization=False`. */
export function isLegacyTorch(bytes: Uint8Array): boolean {
  return legacyMagic.every((byte, at) => bytes[at] === byte);
}

/** The name of the pickle in a torch archive; undefined in another archive. */
export function torchPickle({ names }: Zip): string | undefined {
  return names.find((name) => /^[^/]*\/data\.pkl$/.test(name)) ??
    names.find((name) => name === "data.pkl");
}

/** The tensors of a torch file. */
export function readTorchWeights(
  bytes: Uint8Array,
  source: string,
): WeightFile {
  try {
    const file = isZip(bytes) ? openArchive(bytes, source) : readLegacy(bytes);
    const { tensors, notes } = stateDictOf(file.value);
    const storages = file.read(
      new Set(Array.from(tensors.values(), ({ storage }) => storage.key)),
    );
    return {
      format: "torch",
      tensors: new Map(
        Array.from(tensors, ([name, tensor]) => [
          name,
          weightOf(tensor, { name, storages }),
        ]),
      ),
      metadata: {},
      notes,
    };
  } catch (error) {
    if (!(error instanceof PickleError)) throw error;
    const remedy = error instanceof CodeError
      ? "nothing of it was run; load it in PyTorch if you trust it, and save model.state_dict() alone"
      : "download it again, or save model.state_dict() in PyTorch anew";
    throw new InputError(`${source}: ${error.message}; ${remedy}`, {
      cause: error,
    });
  }
}

/** A tensor with its bytes, which have to be there. */
function weightOf(
  { type, shape, strides, offset, storage }: TorchTensor,
  { name, storages }: {
    name: string;
    storages: ReadonlyMap<string, Uint8Array | undefined>;
  },
): WeightTensor {
  const whole = storages.get(storage.key);
  const width = elementBytes[storage.type ?? "u8"];
  const start = storage.start * width;
  const end = start + storage.length * width;
  if (!whole || whole.length < end) {
    throw new PickleError(
      `it is truncated: the values of "${name}" are missing`,
    );
  }
  const part = whole.subarray(start, end);
  const strided = { type, storage: part, shape, strides, offset };
  return { shape, type, values: () => stridedValues(strided) };
}

function openArchive(bytes: Uint8Array, source: string): TorchFile {
  const zip = openZip(bytes, { name: source, remedy: "download it again" });
  const pickle = torchPickle(zip) ?? "data.pkl";
  const folder = pickle.slice(0, -"data.pkl".length);
  if (zip.names.includes(`${folder}constants.pkl`)) {
    throw new PickleError("it is a TorchScript program");
  }
  const order = `${folder}byteorder`;
  const head = zip.read(
    [pickle, order].filter((name) => zip.names.includes(name)),
  );
  if (new TextDecoder().decode(head.get(order)) === "big") throw bigEndian();
  const { value } = unpickle(
    head.get(pickle) ?? new Uint8Array(),
    torchMakers,
  );
  const member = (key: string) => `${folder}data/${key}`;
  return {
    value,
    read(keys) {
      const members = zip.read(Array.from(keys, member));
      return new Map(
        Array.from(keys, (key) => [key, members.get(member(key))]),
      );
    },
  };
}

function isStorage(value: PickleValue): value is TorchStorage {
  return isKind(value) && value.kind === "storage";
}

/** Pickles one after another: a number, a version, the machine, the value, the storages' names; then each storage's length and values. */
function readLegacy(bytes: Uint8Array): TorchFile {
  let at = 0;
  const next = () => {
    const { value, length } = unpickle(bytes.subarray(at), {
      ...torchMakers,
      persistent(id) {
        const storage = torchMakers.persistent(id);
        if (isStorage(storage)) widths.set(storage.key, widthOf(storage));
        return storage;
      },
    });
    at += length;
    return value;
  };
  const widths = new Map<string, number>();
  next();
  next();
  const machine = next();
  if (isDict(machine) && machine.entries.get("little_endian") === false) {
    throw bigEndian();
  }
  const value = next();
  const keys = next();
  const storages = new Map<string, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of isKind(keys) && keys.kind === "list" ? keys.items : []) {
    const width = typeof key === "string" ? widths.get(key) : undefined;
    if (typeof key !== "string" || width === undefined) {
      throw new PickleError("its list of storages is damaged");
    }
    if (at + 8 > bytes.length) break;
    const end = at + 8 + width * Number(view.getBigUint64(at, true));
    storages.set(key, bytes.subarray(at + 8, end));
    at = end;
  }
  return { value, read: () => storages };
}

function widthOf({ type }: TorchStorage): number {
  return elementBytes[type ?? "u8"];
}

function bigEndian(): PickleError {
  return new PickleError("its values are big-endian, which is not supported");
}
