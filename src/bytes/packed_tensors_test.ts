import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../errors.ts";
import { decodePacked, encodePacked, type Packed } from "./packed_tensors.ts";

const example: Packed = {
  kind: "checkpoint",
  metadata: { step: 100, labels: ["花", "roses"], random: { seed: 0 } },
  tensors: {
    weights: {
      shape: [2, 3],
      data: new Float32Array([1, -2, NaN, Infinity, 1e-40, -0]),
    },
    bias: { shape: [1], data: new Float64Array([0.1]) },
    steps: { shape: [], data: new Int32Array([-1]) },
    ids: { shape: [2], data: new Uint32Array([0, 2 ** 32 - 1]) },
    mask: { shape: [3], data: new Uint8Array([1, 2, 255]) },
    empty: { shape: [0, 4], data: new Float32Array() },
  },
};

Deno.test("decodePacked() reads what encodePacked() wrote, of every type", () => {
  deepStrictEqual(
    decodePacked(encodePacked(example), { kind: "checkpoint" }),
    example,
  );
});

Deno.test("decodePacked() reads any tensors, from any offset in memory", () => {
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
    const file = encodePacked(packed);
    const shifted = new Uint8Array(file.length + offset);
    shifted.set(file, offset);
    deepStrictEqual(
      decodePacked(shifted.subarray(offset), { kind: "row" }),
      packed,
    );
  }));
});

Deno.test("encodePacked() gives the same bytes for the same input", () => {
  deepStrictEqual(
    encodePacked(example),
    encodePacked(structuredClone(example)),
  );
});

Deno.test("encodePacked() writes the magic and aligns the data", () => {
  const file = encodePacked(example);
  strictEqual(new TextDecoder().decode(file.subarray(0, 8)), "espalier");
  const headerBytes = new DataView(file.buffer).getUint32(12, true);
  strictEqual(headerBytes % 16, 0);
});

Deno.test("decodePacked() detects every changed byte", () => {
  const file = encodePacked(example);
  for (let index = 0; index < file.length; index++) {
    for (const flip of [1, 0x80, 0xff]) {
      const changed = file.slice();
      changed[index] ^= flip;
      throws(
        () => decodePacked(changed, { kind: "checkpoint" }),
        InputError,
        `byte ${index}`,
      );
    }
  }
});

Deno.test("decodePacked() detects every truncation, and bytes too many", () => {
  const file = encodePacked(example);
  for (let length = 0; length < file.length; length++) {
    throws(
      () => decodePacked(file.subarray(0, length), { kind: "checkpoint" }),
      InputError,
    );
  }
  throws(
    () => decodePacked(new Uint8Array([...file, 0]), { kind: "checkpoint" }),
    InputError,
  );
});

Deno.test("decodePacked() survives noise of any length", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
    throws(() => decodePacked(noise, { kind: "checkpoint" }), InputError);
    const disguised = new Uint8Array([
      ...encodePacked(example).subarray(0, 12),
      ...noise,
    ]);
    throws(() => decodePacked(disguised, { kind: "checkpoint" }), InputError);
  }));
});

Deno.test("decodePacked() names the file and what is wrong with it", () => {
  const options = { kind: "checkpoint", name: "run/last" };
  const html = new TextEncoder().encode("<!doctype html>");
  throws(() => decodePacked(html, options), {
    message: "run/last: not a checkpoint file of espalier; check the path",
  });
  const newer = encodePacked(example);
  newer[8] = 2;
  throws(() => decodePacked(newer, options), {
    message: /^run\/last: format version 2, /,
  });
  throws(
    () => decodePacked(encodePacked(example), { ...options, kind: "row" }),
    {
      message: "run/last: holds a checkpoint, expected a row",
    },
  );
});

Deno.test("encodePacked() refuses a shape that does not fit", () => {
  const bias = { shape: [2], data: new Float32Array(3) };
  throws(() => encodePacked({ kind: "row", metadata: {}, tensors: { bias } }), {
    name: "RangeError",
    message: 'Cannot pack tensor "bias": shape [2] holds 2 values, got 3',
  });
});
