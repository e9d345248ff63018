/**
 * Python's pickles, as far as torch's files are made of them: a machine with a
 * stack and a memo that makes plain data. Nothing is imported and nothing is
 * called; what a pickle asks to be made is looked up in a table (`Makers`), and
 * what the table does not know is refused by its name or kept unopened.
 *
 * @module
 */
import {
  isDict,
  isKind,
  type PickleDict,
  type PickleList,
  type PickleTuple,
  type PickleValue,
} from "./_pickle_values.ts";

/** A pickle that is not read; its message is a reason, without the file's name. */
export class PickleError extends Error {}

/** A pickle that asks for code to be run. */
export class CodeError extends PickleError {
  /** The function's name is what it asks for: `os.system`. */
  constructor(readonly called: string) {
    super(`it holds code (${called})`);
  }
}

/** What a pickle may ask to be made. */
export interface Makers {
  /** A class or function that it names: `collections.OrderedDict`. */
  global(name: string): PickleValue;
  /** What a function gives for its arguments. */
  call(name: string, args: readonly PickleValue[]): PickleValue;
  /** An object of a class, before its state is set. */
  make(name: string, args: readonly PickleValue[]): PickleValue;
  /** What stands outside of the pickle, by its name. */
  persistent(id: PickleValue): PickleValue;
}

/** The value of the pickle at the beginning of some bytes, and how many bytes it took. */
export function unpickle(
  bytes: Uint8Array,
  makers: Makers,
): { readonly value: PickleValue; readonly length: number } {
  const machine = new Machine(bytes, makers);
  for (;;) {
    const code = machine.byte();
    if (code === stop) return { value: machine.pop(), length: machine.at };
    const run = opcodes.get(code);
    if (!run) {
      throw new PickleError(
        `its pickle has ${
          opcodeNames.get(code) ?? `the byte ${code}`
        }, which torch does not write`,
      );
    }
    run(machine);
  }
}

const stop = 0x2e;
/** More bytes than any integer in a file of weights has. */
const longestInteger = 16;
/** More than any file of weights has: its pickle holds names and shapes, not values. */
const most = { marks: 10_000, values: 2 ** 21 };

class Machine {
  at = 0;
  readonly memo = new Map<number, PickleValue>();
  #stack: PickleValue[] = [];
  #made = 0;
  /** The stacks below each mark. */
  readonly #below: PickleValue[][] = [];
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array, readonly makers: Makers) {
    this.#view = new DataView(
      bytes.buffer,
      bytes.byteOffset,
      bytes.byteLength,
    );
  }

  push(value: PickleValue): void {
    if (isKind(value) && ++this.#made > most.values) throw endless();
    this.#stack.push(value);
  }

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined) throw malformed();
    return value;
  }

  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw malformed();
    return value;
  }

  mark(): void {
    if (this.#below.length === most.marks) throw endless();
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** All since the last mark. */
  marked(): PickleValue[] {
    const items = this.#stack;
    const below = this.#below.pop();
    if (!below) throw malformed();
    this.#stack = below;
    return items;
  }

  byte(): number {
    return this.#view.getUint8(this.#pass(1));
  }

  unsigned(bytes: 1 | 2 | 4 | 8): number {
    const at = this.#pass(bytes);
    switch (bytes) {
      case 1:
        return this.#view.getUint8(at);
      case 2:
        return this.#view.getUint16(at, true);
      case 4:
        return this.#view.getUint32(at, true);
      case 8:
        return Number(this.#view.getBigUint64(at, true));
      default:
        return bytes satisfies never;
    }
  }

  int32(): number {
    return this.#view.getInt32(this.#pass(4), true);
  }

  /** A double is the only number that is big-endian. */
  double(): number {
    return this.#view.getFloat64(this.#pass(8));
  }

  /** Two's complement, little-endian. */
  integer(length: number): number | bigint {
    if (length > longestInteger) throw malformed();
    const bytes = this.take(length);
    const value = bytes.reduceRight(
      (sum, byte) => sum * 256n + BigInt(byte),
      0n,
    );
    const signed = BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  take(length: number): Uint8Array {
    const at = this.#pass(length);
    return this.bytes.subarray(at, at + length);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw truncated();
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  #pass(length: number): number {
    const at = this.at;
    if (at + length > this.bytes.length) throw truncated();
    this.at += length;
    return at;
  }
}

function malformed(): PickleError {
  return new PickleError("its pickle is damaged");
}

function endless(): PickleError {
  return new PickleError("its pickle holds more than any network has");
}

function truncated(): PickleError {
  return new PickleError("it is truncated in its pickle");
}

function tuple(items: readonly PickleValue[]): PickleTuple {
  return { kind: "tuple", items };
}

function popTuple(machine: Machine, length: number): void {
  const items = Array.from({ length }, () => machine.pop()).reverse();
  machine.push(tuple(items));
}

function setItems(machine: Machine, items: readonly PickleValue[]): void {
  const target = machine.top();
  if (items.length % 2 === 1) throw malformed();
  // A dict's kind that is not known is kept without its items.
  if (!isDict(target)) return;
  for (let at = 0; at < items.length; at += 2) {
    target.entries.set(items[at], items[at + 1]);
  }
}

function append(machine: Machine, items: readonly PickleValue[]): void {
  const target = machine.top();
  if (isKind(target) && target.kind === "list") {
    for (const item of items) target.items.push(item);
  }
}

function list(items: PickleValue[] = []): PickleList {
  return { kind: "list", items };
}

function dict(): PickleDict {
  return { kind: "dict", entries: new Map() };
}

function memoized(machine: Machine, number: number): void {
  const value = machine.memo.get(number);
  if (value === undefined) throw malformed();
  machine.push(value);
}

function nameOf(value: PickleValue): string {
  if (isKind(value) && value.kind === "global") return value.name;
  throw malformed();
}

function argumentsOf(value: PickleValue): readonly PickleValue[] {
  if (isKind(value) && value.kind === "tuple") return value.items;
  throw malformed();
}

function make(machine: Machine): void {
  const args = argumentsOf(machine.pop());
  const name = nameOf(machine.pop());
  machine.push(machine.makers.make(name, args));
}

type Opcode = readonly [
  code: number,
  name: string,
  run: (machine: Machine) => void,
];

const table: readonly Opcode[] = [
  [0x80, "PROTO", (m) => {
    m.byte();
  }],
  [0x95, "FRAME", (m) => {
    m.unsigned(8);
  }],
  [0x28, "MARK", (m) => m.mark()],
  [0x30, "POP", (m) => {
    m.pop();
  }],
  [0x31, "POP_MARK", (m) => {
    m.marked();
  }],
  [0x32, "DUP", (m) => m.push(m.top())],
  [0x4e, "NONE", (m) => m.push(null)],
  [0x88, "NEWTRUE", (m) => m.push(true)],
  [0x89, "NEWFALSE", (m) => m.push(false)],
  [0x4a, "BININT", (m) => m.push(m.int32())],
  [0x4b, "BININT1", (m) => m.push(m.unsigned(1))],
  [0x4d, "BININT2", (m) => m.push(m.unsigned(2))],
  [0x8a, "LONG1", (m) => m.push(m.integer(m.unsigned(1)))],
  [0x8b, "LONG4", (m) => m.push(m.integer(m.unsigned(4)))],
  [0x47, "BINFLOAT", (m) => m.push(m.double())],
  [0x58, "BINUNICODE", (m) => m.push(m.text(m.unsigned(4)))],
  [0x8c, "SHORT_BINUNICODE", (m) => m.push(m.text(m.unsigned(1)))],
  [0x8d, "BINUNICODE8", (m) => m.push(m.text(m.unsigned(8)))],
  // Python 2 wrote its texts as these.
  [0x54, "BINSTRING", (m) => m.push(m.text(m.unsigned(4)))],
  [0x55, "SHORT_BINSTRING", (m) => m.push(m.text(m.unsigned(1)))],
  [0x42, "BINBYTES", (m) => m.push(m.take(m.unsigned(4)))],
  [0x43, "SHORT_BINBYTES", (m) => m.push(m.take(m.unsigned(1)))],
  [0x8e, "BINBYTES8", (m) => m.push(m.take(m.unsigned(8)))],
  [0x96, "BYTEARRAY8", (m) => m.push(m.take(m.unsigned(8)))],
  [0x5d, "EMPTY_LIST", (m) => m.push(list())],
  [0x6c, "LIST", (m) => m.push(list(m.marked()))],
  [0x61, "APPEND", (m) => append(m, [m.pop()])],
  [0x65, "APPENDS", (m) => append(m, m.marked())],
  [0x8f, "EMPTY_SET", (m) => m.push(list())],
  [0x90, "ADDITEMS", (m) => append(m, m.marked())],
  [0x91, "FROZENSET", (m) => m.push(list(m.marked()))],
  [0x29, "EMPTY_TUPLE", (m) => m.push(tuple([]))],
  [0x74, "TUPLE", (m) => m.push(tuple(m.marked()))],
  [0x85, "TUPLE1", (m) => popTuple(m, 1)],
  [0x86, "TUPLE2", (m) => popTuple(m, 2)],
  [0x87, "TUPLE3", (m) => popTuple(m, 3)],
  [0x7d, "EMPTY_DICT", (m) => m.push(dict())],
  [0x64, "DICT", (m) => {
    const items = m.marked();
    m.push(dict());
    setItems(m, items);
  }],
  [0x73, "SETITEM", (m) => {
    const value = m.pop();
    setItems(m, [m.pop(), value]);
  }],
  [0x75, "SETITEMS", (m) => setItems(m, m.marked())],
  [0x71, "BINPUT", (m) => m.memo.set(m.unsigned(1), m.top())],
  [0x72, "LONG_BINPUT", (m) => m.memo.set(m.unsigned(4), m.top())],
  [0x94, "MEMOIZE", (m) => m.memo.set(m.memo.size, m.top())],
  [0x68, "BINGET", (m) => memoized(m, m.unsigned(1))],
  [0x6a, "LONG_BINGET", (m) => memoized(m, m.unsigned(4))],
  [0x63, "GLOBAL", (m) => {
    const module = m.line();
    m.push(m.makers.global(`${module}.${m.line()}`));
  }],
  [0x93, "STACK_GLOBAL", (m) => {
    const name = m.pop();
    const module = m.pop();
    if (typeof name !== "string" || typeof module !== "string") {
      throw malformed();
    }
    m.push(m.makers.global(`${module}.${name}`));
  }],
  [0x52, "REDUCE", (m) => {
    const args = argumentsOf(m.pop());
    m.push(m.makers.call(nameOf(m.pop()), args));
  }],
  [0x81, "NEWOBJ", make],
  [0x92, "NEWOBJ_EX", (m) => {
    // Arguments by name.
    m.pop();
    make(m);
  }],
  [0x62, "BUILD", (m) => {
    const state = m.pop();
    const target = m.top();
    if (isKind(target) && target.kind === "object") target.state = state;
  }],
  [0x51, "BINPERSID", (m) => m.push(m.makers.persistent(m.pop()))],
];

const opcodes: ReadonlyMap<number, (machine: Machine) => void> = new Map(
  table.map(([code, , run]) => [code, run]),
);

/** Those that are refused, of protocol 0 most of them. */
const opcodeNames: ReadonlyMap<number, string> = new Map([
  [0x46, "FLOAT"],
  [0x49, "INT"],
  [0x4c, "LONG"],
  [0x50, "PERSID"],
  [0x53, "STRING"],
  [0x56, "UNICODE"],
  [0x67, "GET"],
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x70, "PUT"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x97, "NEXT_BUFFER"],
  [0x98, "READONLY_BUFFER"],
]);
