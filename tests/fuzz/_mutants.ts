/**
 * Files as damage, carelessness and malice leave them: a mutant is a function of
 * the file it came from, a seed and a number.
 *
 * @module
 */
import { joinBytes } from "../../src/bytes/join_bytes.ts";
import { Random } from "../../src/bytes/random.ts";
import { isJsonObject, type JsonValue } from "../../src/bytes/json.ts";
import { tokens } from "../../src/bytes/growth_testing.ts";

/** How files of a target are written: texts and JSON are changed by words and values, too. */
export type Form = "bytes" | "text" | "json";

/** One of the files, changed one to four times. */
export function mutantOf(
  files: readonly Uint8Array[],
  { form, seed, number, change: ownWay }: {
    readonly form: Form;
    readonly seed: number;
    readonly number: number;
    /** A way to change files of this target that stay whole. */
    readonly change?: Change | undefined;
  },
): { readonly mutant: Uint8Array<ArrayBuffer>; readonly original: Uint8Array } {
  const random = Random.seeded(seed, { stream: number });
  const original = files[random.below(files.length)];
  const other = files[random.below(files.length)];
  let mutant = Uint8Array.from(original);
  for (let change = random.below(4); change >= 0; change--) {
    const ways = [
      changedBytes,
      ...otherWays[form],
      ...ownWay ? [ownWay, ownWay, ownWay] : [],
    ];
    mutant = ways[random.below(ways.length)](mutant, { random, other });
  }
  return { mutant, original };
}

/** What a change draws from. */
export interface Source {
  readonly random: Random;
  /** Another file of the target. */
  readonly other: Uint8Array;
}

/** A file, changed. */
export type Change = (
  bytes: Uint8Array<ArrayBuffer>,
  source: Source,
) => Uint8Array<ArrayBuffer>;

const otherWays: Readonly<Record<Form, readonly Change[]>> = {
  bytes: [changedBytes],
  text: [changedText],
  json: [changedText, changedJson, changedJson],
};

/** Bytes at the edges of what a number may be. */
const edges = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
const longestCopy = 64;

function changedBytes(
  bytes: Uint8Array<ArrayBuffer>,
  { random, other }: Source,
): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const count = Math.min(1 + random.below(longestCopy), bytes.length - at);
  const part = bytes.subarray(at, at + count);
  switch (random.below(9)) {
    case 0:
      bytes[at] ^= 1 << random.below(8);
      return bytes;
    case 1:
      bytes[at] = random.below(256);
      return bytes;
    case 2:
      bytes.fill(edges[random.below(edges.length)], at, at + count);
      return bytes;
    case 3:
      return bytes.slice(0, at);
    case 4:
      return joinBytes([bytes.subarray(0, at), bytes.subarray(at + count)]);
    case 5:
      return joinBytes([
        bytes.subarray(0, at + count),
        part,
        bytes.subarray(at),
      ]);
    case 6: {
      const from = random.below(other.length + 1);
      return joinBytes([bytes.subarray(0, at), other.subarray(from)]);
    }
    case 7: {
      const token = latin1(tokens[random.below(tokens.length)]);
      const times = Array(1 << random.below(10)).fill(token);
      return joinBytes([bytes.subarray(0, at), ...times, bytes.subarray(at)]);
    }
    default:
      bytes.copyWithin(at, random.below(bytes.length + 1), bytes.length);
      return bytes;
  }
}

const words = [
  ...["0", "-1", "2.5", "1e308", "-1e308", "1e-320", "NaN", "Infinity", "-0"],
  ...[
    "99999999999999999999",
    "4294967296",
    "9007199254740993",
    "0x10",
    "1e400",
  ],
  ...["", '"', '""', ",", "\n", "\r\n", "\t", "null", "true", "[]", "{}", "'"],
  ...["__proto__", "constructor", "toString", "\u0000", "\ud800", "\u202e"],
];

/** A number, a word or a line of a text becomes another. */
function changedText(
  bytes: Uint8Array<ArrayBuffer>,
  { random }: Source,
): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder().decode(bytes);
  const found = [...text.matchAll(/[-+\d.]+|\w+|[^\w\s]|\n/g)];
  if (found.length === 0) return bytes;
  const { index, 0: { length } } = found[random.below(found.length)];
  const word = words[random.below(words.length)];
  return new TextEncoder().encode(
    text.slice(0, index) + word + text.slice(index + length),
  );
}

/** Values that a record may not expect. */
const values: readonly JsonValue[] = [
  ...[0, -1, 0.5, 2.5, 1e308, -1e308, 1e-320, 2 ** 32, 2 ** 53 + 2, 1e21],
  ...[null, true, false, "", "x", "\u0000", "\u202e", "__proto__", [], {}],
  ...[[[]], [0], [null], { a: 1 }, "0", "a/../../b", "x".repeat(1000)],
];

/** A value of a JSON text becomes another, is left out, or comes twice. */
function changedJson(
  bytes: Uint8Array<ArrayBuffer>,
  { random }: Source,
): Uint8Array<ArrayBuffer> {
  let json: JsonValue;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return bytes;
  }
  const count = valuesIn(json);
  const changed = withChange(json, { at: random.below(count) }, random);
  return new TextEncoder().encode(JSON.stringify(changed));
}

function valuesIn(json: JsonValue): number {
  const inner = Array.isArray(json) || isJsonObject(json)
    ? Object.values(json)
    : [];
  return inner.reduce((sum, value) => sum + valuesIn(value), 1);
}

/** `left.at` counts down to the value that is changed. */
function withChange(
  json: JsonValue,
  left: { at: number },
  random: Random,
): JsonValue {
  if (left.at-- === 0) return values[random.below(values.length)];
  if (Array.isArray(json)) {
    return json.map((value) => withChange(value, left, random));
  }
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      left.at === 0 && random.below(4) === 0 ? `${key}x` : key,
      withChange(value, left, random),
    ]),
  );
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
