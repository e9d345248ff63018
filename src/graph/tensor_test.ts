import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { dataTypes, type TensorDef } from "./graphdef.ts";
import { checkedShape, readTensor } from "./tensor.ts";
import { refusalOf } from "./testing.ts";

function tensor(parts: Partial<TensorDef>): TensorDef {
  return {
    dtype: dataTypes.float,
    shape: [],
    content: new Uint8Array(0),
    values: [],
    strings: [],
    ...parts,
  };
}

function rejects(parts: Partial<TensorDef>, message: RegExp): void {
  match(refusalOf(() => readTensor(tensor(parts))), message);
}

Deno.test("readTensor() copies floats from an address that is not aligned", () => {
  const file = new Uint8Array(9);
  new DataView(file.buffer).setFloat32(1, 1.5, true);
  new DataView(file.buffer).setFloat32(5, -2, true);
  const content = file.subarray(1);
  const read = readTensor(tensor({ shape: [2], content }));
  deepStrictEqual(read, Float32Array.of(1.5, -2));
});

Deno.test("readTensor() reads each element type", () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);
  const { double, int32, int64, uint8, bool, half, bfloat16 } = dataTypes;
  const cases: [number, Uint8Array, Float32Array | Int32Array][] = [
    [double, bytes(0, 0, 0, 0, 0, 0, 0xf8, 0x3f), Float32Array.of(1.5)],
    [int32, bytes(254, 255, 255, 255), Int32Array.of(-2)],
    [
      int64,
      bytes(254, 255, 255, 255, 255, 255, 255, 255),
      Int32Array.of(-2),
    ],
    [
      int64,
      bytes(255, 255, 255, 255, 255, 255, 255, 127),
      Int32Array.of(2 ** 31 - 1),
    ],
    [uint8, bytes(200), Int32Array.of(200)],
    [bool, bytes(1), Int32Array.of(1)],
    [half, bytes(0, 0x3e), Float32Array.of(1.5)],
    [bfloat16, bytes(0xc0, 0x3f), Float32Array.of(1.5)],
  ];
  for (const [dtype, content, expected] of cases) {
    deepStrictEqual(
      readTensor(tensor({ dtype, shape: [1], content })),
      expected,
    );
  }
});

Deno.test("readTensor() repeats the last value, as TensorFlow does", () => {
  deepStrictEqual(
    readTensor(tensor({ shape: [2, 2], values: [1, 2] })),
    Float32Array.of(1, 2, 2, 2),
  );
  deepStrictEqual(readTensor(tensor({ shape: [2] })), Float32Array.of(0, 0));
  deepStrictEqual(
    readTensor(tensor({ shape: [2], dtype: dataTypes.half, values: [0x3e00] })),
    Float32Array.of(1.5, 1.5),
  );
  deepStrictEqual(
    readTensor(
      tensor({ shape: [1], dtype: dataTypes.bfloat16, values: [0xbfc0] }),
    ),
    Float32Array.of(-1.5),
  );
});

Deno.test("readTensor() refuses shapes that cannot be", () => {
  rejects({ shape: null }, /expected dimensions of 0 and more/);
  rejects({ shape: [2, -1] }, /\[2,-1\], expected dimensions of 0 and more/);
  rejects({ shape: [2 ** 31, 2 ** 31] }, /more elements than fit/);
  rejects({ shape: [2 ** 62, 2 ** 62, 0.5] }, /more elements than fit/);
});

Deno.test("readTensor() refuses elements that do not match the shape", () => {
  const content = new Uint8Array(12);
  rejects(
    { shape: [4], content },
    /12 bytes of content for shape \[4\], expected 16/,
  );
  rejects({ shape: [], content }, /expected 4/);
  rejects(
    { shape: [1], values: [1, 2] },
    /2 values for shape \[1\], expected 1 at most/,
  );
});

Deno.test("readTensor() fills no more elements than a network may have", () => {
  const values = [1];
  const few = readTensor(tensor({ shape: [2 ** 12, 2 ** 12], values }));
  strictEqual(few.length, 2 ** 24);
  rejects(
    { shape: [2 ** 14, 2 ** 14], values },
    /\[16384, 16384\] is filled from a list of 1, and no network fills more/,
  );
});

Deno.test("readTensor() refuses strings and types it does not know", () => {
  rejects({ dtype: dataTypes.string }, /element type 7 has no numbers/);
  rejects({ dtype: 99 }, /element type 99 has no numbers/);
});

Deno.test("checkedShape() does not need the elements", () => {
  deepStrictEqual(checkedShape(tensor({ shape: [1000, 1000] })), [1000, 1000]);
});
