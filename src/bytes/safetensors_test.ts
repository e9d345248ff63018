import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../errors.ts";
import { sha256 } from "./digest.ts";
import {
  decodeTensors,
  encodeTensors,
  readSafetensors,
  type TensorFile,
} from "./safetensors.ts";

const example: TensorFile = {
  kind: "checkpoint",
  metadata: { step: 100, labels: ["花", "roses"], random: { seed: 0 } },
  tensors: {
    weights: {
      shape: [2, 3],
      data: new Float32Array([1, -2, NaN, Infinity, 1e-40, -0]),
    },
    bias: { shape: [], data: new Float32Array([0.1]) },
    empty: { shape: [0, 4], data: new Float32Array() },
  },
};

Deno.test("decodeTensors() reads what encodeTensors() wrote", () => {
  deepStrictEqual(
    decodeTensors(encodeTensors(example), { kind: "checkpoint" }),
    example,
  );
});

Deno.test("decodeTensors() reads any tensors, from any offset in memory", () => {
  const tensors = fc.dictionary(
    fc.string({ minLength: 1 }),
    fc.float32Array(),
    {
      noNullPrototype: true,
    },
  );
  fc.assert(fc.property(tensors, fc.nat({ max: 3 }), (arrays, offset) => {
    const entries = Object.entries(arrays).map(([name, data]) =>
      [name, { shape: [data.length], data: new Float32Array(data) }] as const
    );
    const packed = {
      kind: "row",
      metadata: {},
      tensors: Object.fromEntries(entries),
    };
    const file = encodeTensors(packed);
    const shifted = new Uint8Array(file.length + offset);
    shifted.set(file, offset);
    deepStrictEqual(
      decodeTensors(shifted.subarray(offset), { kind: "row" }),
      packed,
    );
  }));
});

Deno.test("encodeTensors() gives the same bytes for the same input", () => {
  deepStrictEqual(
    encodeTensors(example),
    encodeTensors(structuredClone(example)),
  );
});

Deno.test("encodeTensors() writes safetensors: texts for metadata, offsets without gaps, data at a multiple of 8", () => {
  const file = encodeTensors(example);
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  strictEqual((8 + length) % 8, 0);
  const { __metadata__: metadata, ...table } = JSON.parse(
    new TextDecoder().decode(file.subarray(8, 8 + length)),
  );
  strictEqual(metadata.format, "espalier checkpoint");
  deepStrictEqual(table, {
    weights: { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
    bias: { dtype: "F32", shape: [], data_offsets: [24, 28] },
    empty: { dtype: "F32", shape: [0, 4], data_offsets: [28, 28] },
  });
  strictEqual(file.length, 8 + length + 28);
});

Deno.test("decodeTensors() detects every changed byte", () => {
  const file = encodeTensors(example);
  for (let index = 0; index < file.length; index++) {
    for (const flip of [1, 0x80, 0xff]) {
      const changed = file.slice();
      changed[index] ^= flip;
      throws(
        () => decodeTensors(changed, { kind: "checkpoint" }),
        InputError,
        `byte ${index}`,
      );
    }
  }
});

Deno.test("decodeTensors() detects every truncation, and bytes too many", () => {
  const file = encodeTensors(example);
  for (let length = 0; length < file.length; length++) {
    throws(
      () => decodeTensors(file.subarray(0, length), { kind: "checkpoint" }),
      InputError,
    );
  }
  throws(
    () => decodeTensors(new Uint8Array([...file, 0]), { kind: "checkpoint" }),
    InputError,
  );
});

Deno.test("decodeTensors() survives noise of any length", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
    throws(() => decodeTensors(noise, { kind: "checkpoint" }), InputError);
    const disguised = new Uint8Array([
      ...encodeTensors(example).subarray(0, 12),
      ...noise,
    ]);
    throws(() => decodeTensors(disguised, { kind: "checkpoint" }), InputError);
  }));
});

/** The example's file with a text of its header replaced by one as long, and the digest mended. */
function changed(from: string, to: string): Uint8Array {
  const text = String.fromCharCode(...encodeTensors(example));
  const bytes = Uint8Array.from(
    text.replace(from, to).replace(/[0-9a-f]{64}/, "0".repeat(64)),
    (char) => char.charCodeAt(0),
  );
  bytes.set(new TextEncoder().encode(sha256(bytes)), 35);
  return bytes;
}

Deno.test("decodeTensors() names the file and what is wrong with it", () => {
  const options = { kind: "checkpoint", name: "run/last" };
  const html = new TextEncoder().encode("<!doctype html>");
  throws(() => decodeTensors(html, options), {
    message: "run/last: not a checkpoint file of espalier; check the path",
  });
  throws(
    () => decodeTensors(encodeTensors(example), { ...options, kind: "row" }),
    {
      message:
        "run/last: holds an espalier checkpoint, expected an espalier row",
    },
  );
  const cases: [from: string, to: string, message: RegExp][] = [
    [`"version":"1"`, `"version":"2"`, /^run\/last: format version 2, /],
    [`"F32"`, `"I32"`, /^run\/last, weights: "dtype" is I32, expected F32/],
    [`"F32"`, `"F16"`, /^run\/last: the offsets of tensor "weights" are wrong/],
    [`"F32"`, `"F99"`, /^run\/last, weights: "dtype" is "F99", expected /],
    [
      "[24,28]",
      "[20,24]",
      /^run\/last: the offsets of tensor "bias" are wrong/,
    ],
    [
      "[28,28]",
      "[99,99]",
      /^run\/last: it is truncated in tensor "empty"/,
    ],
    ["[2,3]", "[2,4]", /^run\/last: the offsets of tensor "weights" are wrong/],
    [
      `"shape":[]`,
      `"shape":0 `,
      /^run\/last, bias: "shape" is 0, expected a list/,
    ],
  ];
  for (const [from, to, message] of cases) {
    throws(() => decodeTensors(changed(from, to), options), { message });
  }
});

Deno.test("encodeTensors() refuses a shape that does not fit", () => {
  const bias = { shape: [2], data: new Float32Array(3) };
  throws(
    () => encodeTensors({ kind: "row", metadata: {}, tensors: { bias } }),
    {
      name: "RangeError",
      message: 'Cannot keep tensor "bias": shape [2] holds 2 values, got 3',
    },
  );
});

/** A file with this header and so many bytes of data. */
function fileOf(header: string, bytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + bytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const source = { name: "a.safetensors", remedy: "download it again" };

Deno.test("readSafetensors() gives the tensors in the header's order, whatever they are called", () => {
  const file = fileOf(
    `{"b\\"":{"dtype":"BF16","shape":[1],"data_offsets":[1,3]}  ,
      "7"\t: {"dtype":"I8","shape":[1],"data_offsets":[0,1]},
      "__proto__":{"dtype":"F64","shape":[0],"data_offsets":[3,3]}}   `,
    3,
  );
  const { tensors } = readSafetensors(file, source);
  deepStrictEqual(
    Array.from(tensors, ([name, { dtype }]) => [name, dtype]),
    [['b"', "BF16"], ["7", "I8"], ["__proto__", "F64"]],
  );
});

Deno.test("readSafetensors() refuses each way in which a header can be wrong, with one sentence", () => {
  const entry = (shape: string, start: number, end: number) =>
    `{"dtype":"U8","shape":${shape},"data_offsets":[${start},${end}]}`;
  const cases: [header: string, bytes: number, message: RegExp][] = [
    [`[]`, 0, /it is no safetensors file; download it again$/],
    [`{"a":`, 0, /its header is not JSON/],
    [`{"a":${entry("[2]", 0, 2)}}`, 1, /it is truncated in tensor "a"/],
    [`{"a":${entry("[2]", 0, 2)}}`, 3, /bytes follow its last tensor/],
    [
      `{"a":${entry("[2]", 1, 3)}}`,
      3,
      /tensor "a" are wrong: it follows a gap/,
    ],
    [
      `{"a":${entry("[2]", 0, 2)},"b":${entry("[2]", 1, 3)}}`,
      3,
      /tensor "b" are wrong: it overlaps another/,
    ],
    [
      `{"a":${entry("[1]", 0, 1)},"\\u0061":${entry("[1]", 1, 2)}}`,
      2,
      /it names "a" twice/,
    ],
    [`{"a":${entry("[3]", 0, 2)}}`, 2, /tensor "a" are wrong for its shape/],
    [`{"a":${entry("[2]", 2, 0)}}`, 2, /tensor "a" are wrong for its shape/],
    [`{"a":${entry("[-1]", 0, 2)}}`, 2, /a: "shape.0" is -1/],
    [`{"a":${entry("[1e300,1e300]", 0, 2)}}`, 2, /a: "shape.0" is 1e\+300/],
    [
      `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
      0,
      /a: "dtype" is missing/,
    ],
    [`{"__metadata__":{"a":1}}`, 0, /__metadata__: "a" is 1/],
  ];
  for (const [header, bytes, message] of cases) {
    throws(() => readSafetensors(fileOf(header, bytes), source), {
      name: "InputError",
      message,
    });
  }
  const long = fileOf("{}", 0);
  long[7] = 1;
  throws(() => readSafetensors(long, source), {
    message: /its header is longer than the format allows/,
  });
});
