import { deepStrictEqual, notDeepStrictEqual, throws } from "@std/assert";
import fc from "fast-check";
import { BatchSampler } from "./batches.ts";

Deno.test("BatchSampler.take() gives every row once an epoch, whatever the batch", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 90 }),
    fc.nat(1000),
    (rows, batch, seed) => {
      const sampler = BatchSampler.seeded(rows, { seed });
      const taken: number[] = [];
      while (taken.length < rows * 3) taken.push(...sampler.take(batch));
      const all = Array.from({ length: rows }, (_, row) => row);
      for (let epoch = 0; epoch < 3; epoch++) {
        const part = taken.slice(epoch * rows, (epoch + 1) * rows);
        deepStrictEqual(part.sort((a, b) => a - b), all);
      }
    },
  ));
});

Deno.test("BatchSampler.restored() goes on where any state was taken, JSON in between", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 20 }),
    fc.nat(70),
    (rows, before) => {
      const sampler = BatchSampler.seeded(rows, { seed: 3 });
      sampler.take(before);
      const state = JSON.parse(JSON.stringify(sampler.state()));
      const again = BatchSampler.restored(rows, state);
      deepStrictEqual(again.take(50), sampler.take(50));
    },
  ));
});

Deno.test("BatchSampler.take() differs with the seed and the epoch", () => {
  const sampler = BatchSampler.seeded(50, { seed: 1 });
  const first = sampler.take(50);
  notDeepStrictEqual(sampler.take(50), first);
  notDeepStrictEqual(BatchSampler.seeded(50, { seed: 2 }).take(50), first);
});

Deno.test("BatchSampler.restored() refuses a state of fewer rows", () => {
  const sampler = BatchSampler.seeded(9, { seed: 1 });
  sampler.take(8);
  throws(() => BatchSampler.restored(7, sampler.state()), RangeError);
});

Deno.test("BatchSampler.peek() tells the rows that are taken next, over the end of an epoch", () => {
  const sampler = BatchSampler.seeded(10, { seed: 7 });
  sampler.take(4);
  const seen = sampler.peek(13);
  deepStrictEqual(sampler.take(13), seen);
});

Deno.test("BatchSampler in a fixed order takes the same whole batches in each epoch, also where it goes on", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 12 }),
    fc.nat(100),
    (rows, wanted, before) => {
      const batch = Math.min(wanted, rows);
      const options = { order: "fixed", batch } as const;
      const sampler = BatchSampler.seeded(rows, { seed: 5, ...options });
      const { epochRows } = sampler;
      deepStrictEqual(epochRows, Math.floor(rows / batch) * batch);
      const first = sampler.take(epochRows);
      deepStrictEqual(new Set(first).size, epochRows);
      deepStrictEqual(sampler.take(epochRows), first);
      sampler.take(before);
      const again = BatchSampler.restored(rows, sampler.state(), options);
      deepStrictEqual(sampler.peek(30), again.take(30));
      deepStrictEqual(
        first,
        BatchSampler.seeded(rows, { seed: 5 }).take(epochRows),
      );
    },
  ));
});
