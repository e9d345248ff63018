import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import { BatchSampler } from "./batches.ts";
import { filledRows, fixedRows, scaleRows } from "./row_source.ts";

Deno.test("scaleRows() gives every row the L2 norm sqrt(features), whatever its scale", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 60 }),
    fc.double({ min: -6, max: 6, noNaN: true }),
    (features, exponent) => {
      const rows = testValues(features * 3).map((value) =>
        value * 10 ** exponent
      );
      const scaled = scaleRows(rows, features);
      for (let r = 0; r < 3; r++) {
        const row = scaled.subarray(r * features, (r + 1) * features);
        const norm = Math.hypot(...row);
        assertAllClose([norm], [Math.sqrt(features)], { relative: 1e-6 });
      }
    },
  ));
});

Deno.test("scaleRows() leaves a row of zeros alone", () => {
  deepStrictEqual(scaleRows(new Float32Array(4), 2), new Float32Array(4));
});

Deno.test("fixedRows() takes each picture once an epoch, and each of its views once in as many epochs", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 50 }),
    fc.nat(1000),
    (count, views, batch, seed) => {
      const source = fixedRows({
        rows: Float32Array.from({ length: count * views }, (_, row) => row),
        features: 1,
        labels: new Uint32Array(count * views),
        views,
      });
      const sampler = BatchSampler.seeded(count, { seed });
      const rows: number[] = [];
      while (rows.length < count * views) {
        const pictures = sampler.take(batch);
        const epochs = pictures.map((_, at) =>
          Math.floor((rows.length + at) / count)
        );
        const values = source.read(pictures, epochs);
        if (values instanceof Float32Array) rows.push(...values);
      }
      const taken = rows.slice(0, count * views);
      const inOrder = (numbers: number[]) => numbers.toSorted((a, b) => a - b);
      const upTo = (length: number) => Array.from({ length }, (_, at) => at);
      deepStrictEqual(inOrder(taken), upTo(count * views));
      const pictures = taken.slice(0, count)
        .map((row) => Math.floor(row / views));
      deepStrictEqual(inOrder(pictures), upTo(count));
    },
  ));
});

Deno.test("filledRows() adds zeros to each row, of bytes and of floats, where it is no whole vec4s", () => {
  const sizes = { features: 3, depth: 4 };
  deepStrictEqual(
    filledRows(Uint8Array.of(1, 2, 3, 4, 5, 6), sizes),
    Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 0),
  );
  const whole = Float32Array.of(1, 2, 3, 4);
  deepStrictEqual(filledRows(whole, { features: 4, depth: 4 }), whole);
});
