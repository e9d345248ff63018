/**
 * The messages of protocol buffers by protobufjs's reader and writer, field by
 * field: what a message is made of is with who reads it (`graphdef.ts` and `onnx/read.ts`), so that
 * a field of a wrong type is refused and a list of millions costs its numbers.
 * The code that protobufjs makes from a schema keeps unknown fields one by one.
 *
 * @module
 */
import protobuf from "protobufjs/minimal.js";

/** Bytes that are not what they should be; its message is a reason, without the file's name. */
export class WireError extends Error {}

const wireTypes = {
  varint: 0,
  eightBytes: 1,
  bytes: 2,
  fourBytes: 5,
} as const;

/** How a list of numbers is written. */
export type NumberKind = "bool" | "double" | "float" | "int32" | "int64";

/** The fields of a message, one after another. */
export class WireReader {
  /** The number of the field that {@linkcode next} came to. */
  field = 0;
  #wireType = 0;
  readonly #reader: protobuf.Reader;
  readonly #type: string;

  /** `type` is the message's name, for messages. */
  constructor(bytes: Uint8Array, type: string) {
    this.#reader = protobuf.Reader.create(bytes);
    this.#type = type;
  }

  /** Goes to the next field, whose value has to be read or skipped then; false at the end. */
  next(): boolean {
    const reader = this.#reader;
    if (reader.pos === reader.len) return false;
    const tag = attempt(() => reader.tag());
    this.field = tag >>> 3;
    this.#wireType = tag & 7;
    return true;
  }

  /** Whether the field is bytes, a text or a message. */
  get isBytes(): boolean {
    return this.#wireType === wireTypes.bytes;
  }

  /** Passes over a field that is not known. */
  skip(): void {
    attempt(() => this.#reader.skipType(this.#wireType, 0, this.field));
  }

  /** The value as bytes: a view. `name` is the field's, for messages. */
  bytes(name: string): Uint8Array {
    this.#expect(wireTypes.bytes, name);
    return attempt(() => this.#reader.bytes());
  }

  /** The value as a message of that type. */
  message(name: string, type: string): WireReader {
    return new WireReader(this.bytes(name), type);
  }

  /** The value as a text. */
  text(name: string): string {
    this.#expect(wireTypes.bytes, name);
    return attempt(() => this.#reader.stringVerify());
  }

  /** The value as one number. */
  number(name: string, kind: NumberKind): number {
    this.#expect(wireTypeOf(kind), name);
    return attempt(() => readNumber(this.#reader, kind));
  }

  /** Adds the value to the list: many numbers in a row of bytes, or a single one. */
  numbers(name: string, kind: NumberKind, list: number[]): void {
    if (!this.isBytes) {
      list.push(this.number(name, kind));
      return;
    }
    const row = protobuf.Reader.create(this.bytes(name));
    attempt(() => {
      while (row.pos < row.len) list.push(readNumber(row, kind));
    });
  }

  #expect(wireType: number, name: string): void {
    if (this.#wireType === wireType) return;
    throw new WireError(
      `field "${name}" of ${this.#type} has a wrong wire type`,
    );
  }
}

/** What protobufjs throws is about the bytes. */
function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new WireError(error.message, { cause: error });
  }
}

function readNumber(reader: protobuf.Reader, kind: NumberKind): number {
  switch (kind) {
    case "float":
      return reader.float();
    case "double":
      return reader.double();
    case "int32":
      return reader.int32();
    case "int64":
      // An object for each of millions would fill the memory.
      return reader.buf[reader.pos] < 0x80
        ? reader.uint32()
        : numberOf(reader.int64());
    case "bool":
      return Number(reader.bool());
    default:
      return kind satisfies never;
  }
}

/** Past 2^53 the nearest that there is. */
function numberOf({ high, low }: { high: number; low: number }): number {
  return high * 2 ** 32 + (low >>> 0);
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

/** A message to be, field by field in the order of the calls. */
export class WireWriter {
  readonly #writer: protobuf.Writer;

  constructor(writer = protobuf.Writer.create()) {
    this.#writer = writer;
  }

  /** The message. */
  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#writer.finish());
  }

  /** A field of bytes, also where there are none. */
  bytes(field: number, bytes: Uint8Array): this {
    this.#tag(field, wireTypes.bytes).bytes(bytes);
    return this;
  }

  /** A field of text, also where it is empty. */
  text(field: number, text: string): this {
    this.#tag(field, wireTypes.bytes).string(text);
    return this;
  }

  /** A field that is a message, written by `write`. */
  message(field: number, write: (message: WireWriter) => void): this {
    write(new WireWriter(this.#tag(field, wireTypes.bytes).fork()));
    this.#writer.ldelim();
    return this;
  }

  /** A field that is a number, also where it is 0. */
  number(field: number, kind: NumberKind, value: number): this {
    writeNumber(this.#tag(field, wireTypeOf(kind)), kind, value);
    return this;
  }

  /** A field of numbers in a row; nothing for none. */
  numbers(field: number, kind: NumberKind, values: readonly number[]): this {
    if (values.length === 0) return this;
    const row = this.#tag(field, wireTypes.bytes).fork();
    for (const value of values) writeNumber(row, kind, value);
    row.ldelim();
    return this;
  }

  #tag(field: number, wireType: number): protobuf.Writer {
    return this.#writer.uint32(field * 8 + wireType);
  }
}

function writeNumber(
  writer: protobuf.Writer,
  kind: NumberKind,
  value: number,
): void {
  switch (kind) {
    case "float":
      writer.float(value);
      return;
    case "double":
      writer.double(value);
      return;
    case "int32":
      writer.int32(value);
      return;
    case "int64":
      // 2^63 is the largest as it was read, and 2^63 - 1 in the file.
      writer.int64(value < 2 ** 63 ? value : "9223372036854775807");
      return;
    case "bool":
      writer.bool(value !== 0);
      return;
    default:
      return kind satisfies never;
  }
}
