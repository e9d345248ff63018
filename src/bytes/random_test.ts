import {
  deepStrictEqual,
  notDeepStrictEqual,
  ok,
  strictEqual,
  throws,
} from "@std/assert";
import fc from "fast-check";
import { philox4x32, Random } from "./random.ts";

Deno.test("philox4x32() gives the known answers of Random123", () => {
  const known = [
    [[0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const;
  for (const [counter, key, output] of known) {
    deepStrictEqual(philox4x32(counter, key), output);
  }
});

Deno.test("philox4x32() equals 64-bit arithmetic for any counter and key", () => {
  const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(
      fc.tuple(word, word, word, word),
      fc.tuple(word, word),
      (counter, key) => {
        deepStrictEqual(
          philox4x32(counter, key),
          philoxOfBigInts(counter, key),
        );
      },
    ),
  );
});

/** The definition, with products of 64 bits. */
function philoxOfBigInts(
  counter: readonly number[],
  key: readonly number[],
): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt);
  let [k0, k1] = key.map(BigInt);
  for (let round = 0; round < 10; round++) {
    const [product0, product1] = [0xd2511f53n * c0, 0xcd9e8d57n * c2];
    c0 = (product1 >> 32n) ^ c1 ^ k0;
    c1 = BigInt.asUintN(32, product1);
    c2 = (product0 >> 32n) ^ c3 ^ k1;
    c3 = BigInt.asUintN(32, product0);
    k0 = BigInt.asUintN(32, k0 + 0x9e3779b9n);
    k1 = BigInt.asUintN(32, k1 + 0xbb67ae85n);
  }
  return [c0, c1, c2, c3].map(Number);
}

Deno.test("Random counts through both words of the counter, seed and stream being the key", () => {
  const random = Random.seeded(7, { stream: 1 });
  strictEqual(random.uint32(), philox4x32([0, 0, 0, 0], [7, 1])[0]);
  strictEqual(random.uint32(), philox4x32([1, 0, 0, 0], [7, 1])[0]);
  const far = Random.restored({ seed: 7, stream: 1, counter: 2 ** 32 });
  strictEqual(far.uint32(), philox4x32([0, 1, 0, 0], [7, 1])[0]);
});

Deno.test("Random goes on from its state after JSON", () => {
  const random = Random.seeded(3);
  random.shuffle([1, 2, 3, 4, 5]);
  const again = Random.restored(JSON.parse(JSON.stringify(random.state())));
  deepStrictEqual(again.shuffle([1, 2, 3]), random.shuffle([1, 2, 3]));
});

Deno.test("Random.uniform() is even over [0, 1) and exact in f32", () => {
  const random = Random.seeded(0);
  const bins = new Array<number>(20).fill(0);
  const draws = 40_000;
  for (let draw = 0; draw < draws; draw++) {
    const value = random.uniform();
    strictEqual(Math.fround(value), value);
    ok(value >= 0 && value < 1);
    bins[Math.floor(value * bins.length)]++;
  }
  const expected = draws / bins.length;
  const chiSquare = bins.reduce(
    (sum, n) => sum + (n - expected) ** 2 / expected,
    0,
  );
  // The 0.999 quantile of chi-square with 19 degrees of freedom.
  ok(chiSquare < 43.8, `chi-square ${chiSquare}`);
});

Deno.test("Random.below() draws each integer equally often", () => {
  const random = Random.seeded(1);
  const counts = [0, 0, 0];
  for (let draw = 0; draw < 30_000; draw++) counts[random.below(3)]++;
  for (const count of counts) ok(Math.abs(count - 10_000) < 350, `${counts}`);
});

Deno.test("Random.below() stays below, up to 2^32", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 2 ** 32 }),
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    (n, seed) => {
      const drawn = Random.seeded(seed).below(n);
      ok(Number.isInteger(drawn) && drawn >= 0 && drawn < n);
    },
  ));
});

Deno.test("Random.below() refuses what has no integer below it", () => {
  throws(() => Random.seeded(0).below(0), RangeError);
  throws(() => Random.seeded(0).below(1.5), RangeError);
});

Deno.test("Random.shuffle() makes every order of three about equally often", () => {
  const random = Random.seeded(2);
  const orders = new Map<string, number>();
  for (let draw = 0; draw < 12_000; draw++) {
    const order = random.shuffle("abc".split("")).join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  strictEqual(orders.size, 6);
  for (const count of orders.values()) {
    ok(Math.abs(count - 2000) < 180, `${count}`);
  }
});

Deno.test("Random.shuffle() keeps the elements and leaves its input alone", () => {
  fc.assert(fc.property(fc.array(fc.nat()), fc.nat(), (items, seed) => {
    const before = [...items];
    const shuffled = Random.seeded(seed).shuffle(items);
    deepStrictEqual(items, before);
    deepStrictEqual(shuffled.sort(), before.sort());
  }));
});

Deno.test("Random of another seed or stream gives other numbers", () => {
  const first = (random: Random) => [random.uint32(), random.uint32()];
  notDeepStrictEqual(first(Random.seeded(0)), first(Random.seeded(1)));
  notDeepStrictEqual(
    first(Random.seeded(0)),
    first(Random.seeded(0, { stream: 1 })),
  );
});

Deno.test("Random.seeded() refuses a seed that is no u32", () => {
  throws(() => Random.seeded(1.5), {
    name: "UsageError",
    message: "The random seed is 1.5, expected an integer from 0 to 4294967295",
  });
  throws(() => Random.seeded(-1), { name: "UsageError" });
  throws(() => Random.seeded(0, { stream: 2 ** 32 }), { name: "UsageError" });
});
