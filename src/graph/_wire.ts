/**
 * The wire format of protocol buffers: fields with a number, each a varint, 4
 * or 8 bytes, or bytes of a length. Nothing is copied but numbers and texts.
 *
 * @module
 */
import { joinBytes } from "../bytes/join_bytes.ts";

/** Bytes that are not what they should be; its message is a reason, without the file's name. */
export class WireError extends Error {}

const wireTypes = {
  varint: 0,
  eightBytes: 1,
  bytes: 2,
  startGroup: 3,
  endGroup: 4,
  fourBytes: 5,
} as const;

/** As deep as protocol buffers' own readers go. */
const deepestGroup = 100;

/** How a list of numbers is written. */
export type NumberKind = "bool" | "double" | "float" | "int32" | "int64";

/** The fields of a message, one after another. */
export class WireReader {
  /** The number of the field that {@linkcode next} came to. */
  field = 0;
  #wireType = 0;
  #at = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #type: string;

  /** Reads a message, all of the bytes or a part; `type` is its name, for messages. */
  constructor(
    bytes: Uint8Array,
    type: string,
    { start, end } = { start: 0, end: bytes.length },
  ) {
    this.#bytes = bytes;
    this.#type = type;
    this.#at = start;
    this.#end = end;
  }

  /** Goes to the next field, whose value has to be read or skipped then; false at the end. */
  next(): boolean {
    if (this.#at === this.#end) return false;
    const tag = this.#unsigned();
    this.field = Math.floor(tag / 8);
    this.#wireType = tag % 8;
    if (this.field === 0) {
      throw new WireError(`invalid field number at byte ${this.#at}`);
    }
    return true;
  }

  /** Whether the field is bytes, a text or a message. */
  get isBytes(): boolean {
    return this.#wireType === wireTypes.bytes;
  }

  /** Passes over a field that is not known. */
  skip(): void {
    const open: number[] = [];
    for (;;) {
      switch (this.#wireType) {
        case wireTypes.varint:
          this.#integer();
          break;
        case wireTypes.eightBytes:
          this.#take(8);
          break;
        case wireTypes.bytes:
          this.#take(this.#unsigned());
          break;
        case wireTypes.fourBytes:
          this.#take(4);
          break;
        case wireTypes.startGroup:
          open.push(this.field);
          if (open.length > deepestGroup) {
            throw new WireError("nested too deep");
          }
          break;
        case wireTypes.endGroup:
          if (open.pop() !== this.field) {
            throw new WireError("a group is not whole");
          }
          break;
        default:
          throw new WireError(
            `invalid wire type ${this.#wireType} at byte ${this.#at}`,
          );
      }
      if (open.length === 0) return;
      if (!this.next()) throw new WireError("a group is not whole");
    }
  }

  /** The value as bytes: a view. `name` is the field's, for messages. */
  bytes(name: string): Uint8Array {
    const { start, end } = this.#range(name);
    return this.#bytes.subarray(start, end);
  }

  #range(name: string): { start: number; end: number } {
    this.#expect(wireTypes.bytes, name);
    const start = this.#take(this.#unsigned());
    return { start, end: this.#at };
  }

  /** The value as a message of that type. */
  message(name: string, type: string): WireReader {
    return new WireReader(this.#bytes, type, this.#range(name));
  }

  /** The value as a text. */
  text(name: string): string {
    const { start, end } = this.#range(name);
    try {
      return decodeText(this.#bytes, start, end);
    } catch {
      throw new WireError(`field "${name}" of ${this.#type} is no UTF-8`);
    }
  }

  /** The value as one number. */
  number(name: string, kind: NumberKind): number {
    this.#expect(wireTypeOf(kind), name);
    return this.#number(kind);
  }

  /** The list with the value added: many numbers in a row of bytes, or a single one. */
  numbers(name: string, kind: NumberKind, list: number[]): number[] {
    if (this.#wireType !== wireTypes.bytes) {
      list.push(this.number(name, kind));
      return list;
    }
    const packed = new WireReader(this.#bytes, this.#type, this.#range(name));
    const values = new Array<number>(packed.#count(kind));
    for (let index = 0; index < values.length; index++) {
      values[index] = packed.#number(kind);
    }
    if (packed.#at !== packed.#end) throw cutShort();
    if (list.length === 0) return values;
    for (const value of values) list.push(value);
    return list;
  }

  /** How many numbers the bytes hold. */
  #count(kind: NumberKind): number {
    switch (wireTypeOf(kind)) {
      case wireTypes.fourBytes:
        return Math.floor((this.#end - this.#at) / 4);
      case wireTypes.eightBytes:
        return Math.floor((this.#end - this.#at) / 8);
      default: {
        let count = 0;
        for (let at = this.#at; at < this.#end; at++) {
          if (this.#bytes[at] < 0x80) count++;
        }
        return count;
      }
    }
  }

  #number(kind: NumberKind): number {
    switch (kind) {
      case "float":
        return this.#copy(4).getFloat32(0);
      case "double":
        return this.#copy(8).getFloat64(0);
      case "int32":
        return this.#integer() | 0;
      case "int64":
        return this.#integer();
      case "bool":
        return Number(this.#integer() !== 0);
      default:
        return kind satisfies never;
    }
  }

  /** The next bytes, the last of them first. */
  #copy(length: number): DataView {
    const start = this.#take(length);
    for (let index = 0; index < length; index++) {
      scratch.setUint8(index, this.#bytes[start + length - 1 - index]);
    }
    return scratch;
  }

  #expect(wireType: number, name: string): void {
    if (this.#wireType === wireType) return;
    throw new WireError(
      `field "${name}" of ${this.#type} has a wrong wire type`,
    );
  }

  /** Where so many bytes start, which are passed over. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw cutShort();
    this.#at += length;
    return start;
  }

  /** A varint of 32 bits: a tag or a length. */
  #unsigned(): number {
    const value = this.#integer();
    if (value >= 0 && value < 2 ** 32) return value;
    throw new WireError(`a length of ${value} at byte ${this.#at}`);
  }

  /** A varint as a signed whole number of 64 bits; past 2^53 the nearest that there is. */
  #integer(): number {
    if (this.#at < this.#end && this.#bytes[this.#at] < 0x80) {
      return this.#bytes[this.#at++];
    }
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#take(1)];
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) return high * 2 ** 32 + (low >>> 0);
    }
    throw new WireError(`invalid varint at byte ${this.#at}`);
  }
}

/** A view of each message's bytes would take longer. */
const scratch = new DataView(new ArrayBuffer(8));

function cutShort(): WireError {
  return new WireError("it is cut short");
}

function wireTypeOf(kind: NumberKind): number {
  switch (kind) {
    case "float":
      return wireTypes.fourBytes;
    case "double":
      return wireTypes.eightBytes;
    default:
      return wireTypes.varint;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const longestName = 64;

/** Names are short and ASCII, for which a decoder takes longer than this. */
function decodeText(bytes: Uint8Array, start: number, end: number): string {
  let at = end - start <= longestName ? start : end + 1;
  while (at < end && bytes[at] < 0x80) at++;
  const part = bytes.subarray(start, end);
  return at === end ? String.fromCharCode(...part) : utf8.decode(part);
}

/** Bytes of this many and more are not copied until the message is whole. */
const longPart = 256;

/** A message to be, field by field in the order of the calls. */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];
  /** Bytes after the parts. */
  #rest: number[] = [];

  /** The message. */
  finish(): Uint8Array<ArrayBuffer> {
    return joinBytes([...this.#parts, Uint8Array.from(this.#rest)]);
  }

  /** A field of bytes, also where there are none. */
  bytes(field: number, bytes: Uint8Array): this {
    this.#head(field, bytes.length);
    this.#append(bytes);
    return this;
  }

  /** A field of text, also where it is empty. */
  text(field: number, text: string): this {
    return this.bytes(field, utf8Encoder.encode(text));
  }

  /** A field that is a message, written by `write`. */
  message(field: number, write: (message: WireWriter) => void): this {
    const message = new WireWriter();
    write(message);
    const parts = message.#parts;
    const rest = message.#rest;
    this.#head(
      field,
      parts.reduce((sum, part) => sum + part.length, rest.length),
    );
    for (const part of parts) this.#append(part);
    for (const byte of rest) this.#rest.push(byte);
    return this;
  }

  /** A field that is a number, also where it is 0. */
  number(field: number, kind: NumberKind, value: number): this {
    pushVarint(this.#rest, field * 8 + wireTypeOf(kind));
    pushNumber(this.#rest, kind, value);
    return this;
  }

  /** A field of numbers in a row; nothing for none. */
  numbers(field: number, kind: NumberKind, values: readonly number[]): this {
    if (values.length === 0) return this;
    const bytes: number[] = [];
    for (const value of values) pushNumber(bytes, kind, value);
    return this.bytes(field, Uint8Array.from(bytes));
  }

  #head(field: number, length: number): void {
    pushVarint(this.#rest, field * 8 + wireTypes.bytes);
    pushVarint(this.#rest, length);
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length >= longPart) {
      this.#parts.push(Uint8Array.from(this.#rest), bytes);
      this.#rest = [];
    } else for (const byte of bytes) this.#rest.push(byte);
  }
}

const utf8Encoder = new TextEncoder();

function pushNumber(bytes: number[], kind: NumberKind, value: number): void {
  switch (kind) {
    case "float":
      scratch.setFloat32(0, value, true);
      pushScratch(bytes, 4);
      return;
    case "double":
      scratch.setFloat64(0, value, true);
      pushScratch(bytes, 8);
      return;
    default:
      pushVarint(bytes, value);
  }
}

function pushScratch(bytes: number[], length: number): void {
  for (let at = 0; at < length; at++) bytes.push(scratch.getUint8(at));
}

/** A whole number of 64 bits, a negative one as its two's complement; 2^63 is the largest, as it was read. */
function pushVarint(bytes: number[], value: number): void {
  if (value >= 0 && value < 0x80) {
    bytes.push(value);
    return;
  }
  let [low, high] = value >= 2 ** 63
    ? [2 ** 32 - 1, 2 ** 31 - 1]
    : [value >>> 0, Math.floor(value / 2 ** 32) >>> 0];
  while (high > 0 || low > 0x7f) {
    bytes.push(low & 0x7f | 0x80);
    low = (low >>> 7 | high << 25) >>> 0;
    high >>>= 7;
  }
  bytes.push(low);
}
