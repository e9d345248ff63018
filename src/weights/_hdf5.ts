/**
 * HDF5 files: groups, their attributes, and tensors, by jsfive. Whatever it
 * throws becomes an error of ours, and values that lie one after another are
 * views of the file.
 *
 * @module
 */
import { elementBytes, stridedValues } from "./_element_types.ts";
import { allow, Dataset, File, Group } from "./jsfive/jsfive.js";
import type { WeightTensor, WeightType } from "./weight_file.ts";

/** A file that is damaged, or of a kind that is not read; its message is a reason. */
export class Hdf5Error extends Error {}

/** More than any model has: groups may hold themselves. */
const mostObjects = 2 ** 16;

/** A file, and how many of its objects were opened. */
interface OpenFile {
  readonly bytes: ArrayBuffer;
  objects: number;
}

/** A group of a file. */
export class Hdf5Group {
  readonly #group: Group;
  readonly #file: OpenFile;

  constructor(group: Group, file: OpenFile) {
    this.#group = group;
    this.#file = file;
  }

  /** The names of what stands in it. */
  names(): readonly string[] {
    return attempt(() => this.#group.keys);
  }

  /** A group in it, by its path. */
  group(path: string): Hdf5Group | undefined {
    const found = this.#at(path);
    return found instanceof Group
      ? new Hdf5Group(found, this.#file)
      : undefined;
  }

  /** A tensor in it, by its path. */
  tensor(path: string): WeightTensor | undefined {
    const found = this.#at(path);
    return found instanceof Dataset
      ? attempt(() => tensorOf(found, this.#file.bytes))
      : undefined;
  }

  /** A text attribute. */
  text(name: string): string | undefined {
    const value = this.#attribute(name);
    return typeof value === "string" ? unpadded(value) : undefined;
  }

  /** An attribute that is a list of texts, which may be in parts (`layer_names0`, ...) where it is long. */
  texts(name: string): readonly string[] | undefined {
    const whole = textsOf(this.#attribute(name));
    if (whole) return whole;
    const parts: string[] = [];
    for (let part = 0;; part++) {
      const texts = textsOf(this.#attribute(`${name}${part}`));
      if (!texts) return part === 0 ? undefined : parts;
      for (const text of texts) parts.push(text);
    }
  }

  #attribute(name: string): unknown {
    const attributes = attempt(() => this.#group.attrs);
    return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  }

  #at(path: string): Group | Dataset | undefined {
    let at: Group | Dataset | null = this.#group;
    for (const name of path.split("/").filter((part) => part !== "")) {
      if (!(at instanceof Group) || !at.keys.includes(name)) return undefined;
      if (++this.#file.objects > mostObjects) {
        throw new Hdf5Error("it has more groups than any model");
      }
      const group: Group = at;
      at = attempt(() => group.get(name));
    }
    return at ?? undefined;
  }
}

/** What a file may make jsfive read: 600 tensors take 75 thousand reads. One that is packed has some values for each of its bytes. */
const reads = { always: 2 ** 19, perByte: 4 };

/** Opens a file, which has to be read before another is opened; the tensors are views of a copy of it. */
export function openHdf5(bytes: Uint8Array): Hdf5Group {
  const file = { bytes: new Uint8Array(bytes).buffer, objects: 0 };
  allow(reads.always + reads.perByte * bytes.length);
  return new Hdf5Group(attempt(() => new File(file.bytes, "")), file);
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((text) => typeof text === "string");
  return texts.length === value.length ? texts.map(unpadded) : undefined;
}

/** Texts of a fixed length have zeros to fill them. */
function unpadded(text: string): string {
  return text.replace(/\0+$/, "");
}

const types: Readonly<Record<string, WeightType>> = {
  f2: "f16",
  f4: "f32",
  f8: "f64",
  i1: "i8",
  i2: "i16",
  i4: "i32",
  i8: "i64",
  u1: "u8",
  u2: "u16",
  u4: "u32",
  u8: "u64",
};

const layoutMessage = 8;
const contiguous = 1;
/** A file may say of a few bytes, packed, that they are so many values, and so many for each of its bytes. */
const mostUnpacked = { always: 2 ** 20, perByte: 50 };

function tensorOf(dataset: Dataset, file: ArrayBuffer): WeightTensor {
  const { dtype, shape } = dataset;
  const type = typeof dtype === "string"
    ? types[dtype.replace(/^[<|]/, "")]
    : undefined;
  if (type === undefined) {
    throw new Hdf5Error(`values of type ${String(dtype)} are not supported`);
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const most = mostUnpacked.always + mostUnpacked.perByte * file.byteLength;
  if (!(count <= most)) throw missing();
  const [message] = dataset._dataobjects.find_msg_type(layoutMessage);
  const [, , layout, at] = dataset._dataobjects._get_data_message_properties(
    message.get("offset_to_message") ?? 0,
  );
  if (layout !== contiguous) {
    const { value } = dataset;
    const isWhole = value.length === count &&
      Array.prototype.every.call(value, (one) => typeof one === "number");
    if (!isWhole) throw missing();
    const values = Float32Array.from(value, Number);
    return { shape, type, values: () => values };
  }
  const address = Number(new DataView(file).getBigUint64(at, true));
  const length = count * elementBytes[type];
  if (count > 0 && address + length > file.byteLength) {
    throw missing();
  }
  const storage = count > 0
    ? new Uint8Array(file, address, length)
    : new Uint8Array(0);
  return { shape, type, values: () => stridedValues({ type, storage, shape }) };
}

function missing(): Hdf5Error {
  return new Hdf5Error("its values are missing");
}

/** jsfive throws texts, and errors of all kinds for what is damaged. */
function attempt<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (error instanceof Hdf5Error) throw error;
    throw new Hdf5Error(
      "its HDF5 is damaged, or of a kind that is not supported",
      { cause: error },
    );
  }
}
