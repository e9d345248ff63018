/**
 * Writes pickles for tests: what PyTorch of other versions and what malice would
 * write.
 *
 * @module
 */
import { zipSync } from "fflate";
import { joinBytes } from "../bytes/join_bytes.ts";

const encoder = new TextEncoder();

/** Opcodes, and the texts and numbers in them. */
export function opcodes(
  ...parts: readonly (string | number | Uint8Array)[]
): Uint8Array<ArrayBuffer> {
  return joinBytes(
    parts.map((part) =>
      typeof part === "string"
        ? encoder.encode(part)
        : typeof part === "number"
        ? Uint8Array.of(part)
        : part
    ),
  );
}

/** A text. */
export function text(value: string): Uint8Array {
  const bytes = encoder.encode(value);
  return opcodes("X", bytes.length, 0, 0, 0, bytes);
}

/** A natural number. */
export function natural(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return opcodes("J", bytes);
}

/** A class or a function. */
export function global(name: string): Uint8Array {
  const dot = name.lastIndexOf(".");
  return opcodes("c", `${name.slice(0, dot)}\n${name.slice(dot + 1)}\n`);
}

/** Values in a tuple. */
export function tuple(...values: readonly Uint8Array[]): Uint8Array {
  return opcodes("(", ...values, "t");
}

/** What a function gives for arguments. */
export function call(name: string, ...args: readonly Uint8Array[]): Uint8Array {
  return opcodes(global(name), tuple(...args), "R");
}

/** A dict. */
export function dict(
  entries: Readonly<Record<string, Uint8Array>>,
): Uint8Array {
  const items = Object.entries(entries).flatMap((
    [name, value],
  ) => [text(name), value]);
  return opcodes("}(", ...items, "u");
}

/** Memory of so many values, called "0". */
export function storage(
  type: string,
  length: number,
  ...view: readonly Uint8Array[]
): Uint8Array {
  return opcodes(
    tuple(
      ...[text("storage"), global(type), text("0"), text("cpu")],
      ...[natural(length), ...view],
    ),
    "Q",
  );
}

/** The arguments of a tensor: its memory, where it begins, its shape and its strides. */
export function view(
  memory: Uint8Array,
  { offset = 0, shape, strides }: {
    offset?: number;
    shape: readonly number[];
    strides: readonly number[];
  },
): Uint8Array[] {
  return [
    memory,
    natural(offset),
    tuple(...shape.map(natural)),
    tuple(...strides.map(natural)),
    opcodes(0x89),
    opcodes("N"),
  ];
}

/** A torch archive of that value, with the memory "0". */
export function archive(
  value: Uint8Array,
  memory: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const members = {
    "net/data.pkl": opcodes(0x80, 2, value, "."),
    "net/data/0": memory,
  };
  return zipSync(members, { level: 0 });
}
