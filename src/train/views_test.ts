import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import { BatchSampler } from "./batches.ts";
import { viewRows } from "./views.ts";

Deno.test("viewRows() takes each picture once an epoch, and each of its views once in as many epochs", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 50 }),
    fc.nat(1000),
    (count, views, batch, seed) => {
      const sampler = BatchSampler.seeded(count, { seed });
      const rows: number[] = [];
      while (rows.length < count * views) {
        const pictures = sampler.take(batch);
        rows.push(...viewRows(pictures, { taken: rows.length, count, views }));
      }
      const taken = rows.slice(0, count * views);
      const inOrder = (numbers: number[]) => numbers.toSorted((a, b) => a - b);
      deepStrictEqual(
        inOrder(taken),
        Array.from({ length: count * views }, (_, row) => row),
      );
      const pictures = taken.slice(0, count)
        .map((row) => Math.floor(row / views));
      deepStrictEqual(
        inOrder(pictures),
        Array.from({ length: count }, (_, picture) => picture),
      );
    },
  ));
});

Deno.test("viewRows() leaves pictures of one view as they are", () => {
  const pictures = Uint32Array.of(4, 0, 3);
  const rows = viewRows(pictures, { taken: 9, count: 5, views: 1 });
  deepStrictEqual(rows, pictures);
});
