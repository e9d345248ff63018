import { deepStrictEqual } from "@std/assert";
import { judgeGrowth, type Mark, type Marks } from "./growth.ts";

/** 180 ms an image, 500 MB and 300 buffers throughout. */
function steady(count: number): Mark {
  return { milliseconds: 180 * count, rss: 500e6, buffers: 300 };
}

const even: Marks = {
  few: steady(32),
  early: steady(100),
  many: steady(256),
  all: steady(1000),
};

function verdictsOf(changed: Partial<Marks>): boolean[] {
  return judgeGrowth({ ...even, ...changed }).map(({ holds }) => holds);
}

Deno.test("judgeGrowth() is content with what stays as it is", () => {
  deepStrictEqual(verdictsOf({}), [true, true, true]);
});

Deno.test("judgeGrowth() allows 10 % more time of an image, and 5 % more memory, and no buffer", () => {
  const slow = (share: number) => ({
    many: { ...even.many, milliseconds: share * even.many.milliseconds },
  });
  deepStrictEqual(verdictsOf(slow(1.09)), [true, true, true]);
  deepStrictEqual(verdictsOf(slow(1.11)), [false, true, true]);
  const large = (share: number) => ({
    all: { ...even.all, rss: share * even.all.rss },
  });
  deepStrictEqual(verdictsOf(large(1.04)), [true, true, true]);
  deepStrictEqual(verdictsOf(large(1.06)), [true, false, true]);
  const one = { all: { ...even.all, buffers: even.all.buffers + 1 } };
  deepStrictEqual(verdictsOf(one), [true, true, false]);
});
