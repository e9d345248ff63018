import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import golden from "../../tests/golden/bytes.json" with { type: "json" };
import { InputError } from "../errors.ts";
import { decodeNpy, encodeNpy } from "./npy.ts";

const ours: Record<string, string> = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
  int64: "i64",
  uint8: "u8",
};

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

for (const { dtype, shape, values, file } of golden.npy) {
  Deno.test(`decodeNpy() reads NumPy's ${dtype} of shape [${shape}], encodeNpy() writes the same bytes`, () => {
    const npy = decodeNpy(bytesOf(file));
    strictEqual(npy.dtype, ours[dtype]);
    deepStrictEqual(npy.shape, shape);
    const expected = npy.dtype === "f32"
      ? values.map((value) => Math.fround(Number(value)))
      : npy.dtype === "i64"
      ? values.map(BigInt)
      : values.map(Number);
    deepStrictEqual([...npy.data], expected);
    deepStrictEqual(encodeNpy(npy), bytesOf(file));
  });
}

for (const { dtype, fortran, file } of golden.refusedNpy) {
  Deno.test(`decodeNpy() refuses NumPy's ${dtype}${fortran ? " in Fortran order" : ""}`, () => {
    throws(() => decodeNpy(bytesOf(file), { name: "x.npy" }), {
      name: "InputError",
      message: fortran
        ? /^x\.npy: values in Fortran order/
        : /^x\.npy: element type/,
    });
  });
}

Deno.test("decodeNpy() reads what encodeNpy() wrote, from any offset in memory", () => {
  fc.assert(fc.property(
    fc.float32Array(),
    fc.nat({ max: 3 }),
    (data, offset) => {
      const file = encodeNpy({ shape: [data.length], data });
      const shifted = new Uint8Array(file.length + offset);
      shifted.set(file, offset);
      deepStrictEqual(decodeNpy(shifted.subarray(offset)), {
        dtype: "f32",
        shape: [data.length],
        data: new Float32Array(data),
      });
    },
  ));
});

Deno.test("decodeNpy() refuses every truncation, and bytes too many", () => {
  const file = encodeNpy({ shape: [2], data: new Float32Array(2) });
  for (let length = 0; length < file.length; length++) {
    throws(() => decodeNpy(file.subarray(0, length)), InputError);
  }
  throws(() => decodeNpy(new Uint8Array([...file, 0])), {
    message:
      ".npy: 9 bytes of data, expected 8 for shape [2] of <f4; write the file again",
  });
});

Deno.test("decodeNpy() refuses a shape whose product overflows, without allocating it", () => {
  const file = encodeNpy({ shape: [2], data: new Float32Array(2) });
  const text = new TextDecoder("latin1").decode(file)
    .replace("(2,), }" + " ".repeat(20), "(4294967296, 4294967296), }");
  const forged = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  throws(() => decodeNpy(forged), InputError);
});

Deno.test("decodeNpy() names a file that is something else", () => {
  throws(
    () =>
      decodeNpy(new TextEncoder().encode("<!doctype html>"), { name: "x.npy" }),
    {
      message: "x.npy: not a .npy file; write it with numpy.save",
    },
  );
});

Deno.test("encodeNpy() refuses a shape that does not fit", () => {
  throws(
    () => encodeNpy({ shape: [3], data: new Float32Array(2) }),
    RangeError,
  );
});
