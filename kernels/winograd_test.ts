import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import { packFilter } from "./filter_tiles.ts";
import { testValues } from "./testing.ts";
import {
  cookToom,
  type Matrix,
  packWinogradFilter,
  rowFunctions,
  winogradFilterLength,
  winogradFrequencies,
  winogradTiles,
} from "./winograd.ts";

const axes = [2, 4].flatMap((outputs) =>
  [2, 3, 4, 5, 6, 7].map((taps) => ({ outputs, taps }))
);

function times(matrix: Matrix, vector: readonly number[]): number[] {
  return matrix.map((row) =>
    row.reduce((sum, factor, at) => sum + factor * vector[at], 0)
  );
}

Deno.test("cookToom() gives the sums over the taps, for all outputs and taps there are", () => {
  for (const { outputs, taps } of axes) {
    const { input, filter, output } = cookToom({ outputs, taps });
    const x = [...testValues(outputs + taps - 1)];
    const w = [...testValues(taps, 2)];
    const inputs = times(input, x);
    const products = times(filter, w).map((value, at) => value * inputs[at]);
    for (const [at, value] of times(output, products).entries()) {
      const expected = w.reduce((sum, tap, k) => sum + tap * x[at + k], 0);
      ok(Math.abs(value - expected) < 1e-12, `F(${outputs}, ${taps})`);
    }
  }
});

Deno.test("cookToom() of two outputs of three taps is Lavin's, but for signs", () => {
  const { input, filter, output } = cookToom({ outputs: 2, taps: 3 });
  deepStrictEqual(input.map((row) => row.map(Math.abs)), [
    [1, 0, 1, 0],
    [0, 1, 1, 0],
    [0, 1, 1, 0],
    [0, 1, 0, 1],
  ]);
  deepStrictEqual(filter.map((row) => row.map(Math.abs)), [
    [1, 0, 0],
    [.5, .5, .5],
    [.5, .5, .5],
    [0, 0, 1],
  ]);
  deepStrictEqual(output, [[1, 1, 1, 0], [0, 1, -1, 1]]);
});

Deno.test("packWinogradFilter() leaves a filter of one place as packFilter() has it", () => {
  const window = { outputs: 4, windowHeight: 1, windowWidth: 1 } as const;
  const size = { ...window, channels: 5, columns: 18 };
  const values = testValues(5 * 18);
  deepStrictEqual(
    packWinogradFilter(values, size),
    packFilter(values, { depth: 5, columns: 18 }),
  );
});

Deno.test("packWinogradFilter() keeps the corners of a window, which no other place mixes with", () => {
  const sizes = {
    channels: fc.integer({ min: 1, max: 5 }),
    columns: fc.integer({ min: 1, max: 20 }),
  };
  fc.assert(fc.property(fc.record(sizes), (size) => {
    const window = { outputs: 2, windowHeight: 3, windowWidth: 3 } as const;
    const values = testValues(9 * size.channels * size.columns);
    const packed = packWinogradFilter(values, { ...window, ...size });
    strictEqual(packed.length, winogradFilterLength({ ...window, ...size }));
    const perFrequency = packed.length / 16;
    // The corners' factors are ones: Cook-Toom's filter begins at point 0 and ends at infinity.
    const sign = cookToom({ outputs: 2, taps: 3 }).filter[0][0];
    const place = (at: number) =>
      packFilter(
        values.subarray(
          at * size.channels * size.columns,
          (at + 1) * size.channels * size.columns,
        ),
        { depth: size.channels, columns: size.columns },
      );
    deepStrictEqual(packed.subarray(0, perFrequency), place(0));
    deepStrictEqual(packed.subarray(15 * perFrequency), place(8));
    deepStrictEqual(
      packed.subarray(3 * perFrequency, 4 * perFrequency),
      place(2).map((value) => sign < 0 ? -value || 0 : value),
    );
  }));
});

Deno.test("winogradTiles() covers an image, the last tiles in part", () => {
  const window = { outputs: 4, windowHeight: 1, windowWidth: 7 } as const;
  strictEqual(winogradFrequencies(window), 10);
  deepStrictEqual(winogradTiles(window, { outHeight: 17, outWidth: 17 }), {
    tileRows: 17,
    tileColumns: 5,
  });
});

Deno.test("rowFunctions() leaves out what does not count, and writes floats", () => {
  strictEqual(
    rowFunctions("f", [[0, -1, 4], [0.25, 0, -0.5]]),
    "fn f_0(x0: vec4f, x1: vec4f, x2: vec4f) -> vec4f { return -x1 + 4.0 * x2; }\n" +
      "fn f_1(x0: vec4f, x1: vec4f, x2: vec4f) -> vec4f { return 0.25 * x0 - 0.5 * x2; }",
  );
});
