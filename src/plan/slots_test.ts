import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import { assignSlots, type Lifetime } from "./slots.ts";

const lifetimes: fc.Arbitrary<Lifetime[]> = fc.array(
  fc.record({
    bytes: fc.integer({ min: 0, max: 1000 }).map((words) => words * 4),
    first: fc.nat(30),
    length: fc.nat(8),
  }).map(({ bytes, first, length }) => ({
    bytes,
    first,
    last: first + length,
  })),
  { maxLength: 40 },
);

Deno.test("assignSlots() never lets two that live together share a slot", () => {
  fc.assert(fc.property(lifetimes, (all) => {
    const { slots, slotOf } = assignSlots(all);
    for (const [a, one] of all.entries()) {
      ok(slots[slotOf[a]] >= one.bytes);
      for (const [b, other] of all.slice(0, a).entries()) {
        const meet = one.first <= other.last && other.first <= one.last;
        ok(!meet || slotOf[a] !== slotOf[b], `${a} and ${b}`);
      }
    }
  }));
});

Deno.test("assignSlots() takes no more than a slot each, no less than lives at once", () => {
  fc.assert(fc.property(lifetimes, (all) => {
    const sum = (bytes: readonly number[]) => bytes.reduce((a, b) => a + b, 0);
    const total = sum(assignSlots(all).slots);
    ok(total <= sum(all.map(({ bytes }) => bytes)));
    for (let step = 0; step <= 38; step++) {
      const alive = all.filter(({ first, last }) =>
        first <= step && step <= last
      );
      ok(total >= sum(alive.map(({ bytes }) => bytes)));
    }
  }));
});

Deno.test("assignSlots() needs two slots for a chain of any length", () => {
  const chain = Array.from({ length: 20 }, (_, at) => ({
    bytes: 64,
    first: at,
    last: at + 1,
  }));
  deepStrictEqual(assignSlots(chain).slots, [64, 64]);
});

Deno.test("assignSlots() makes no slot for nothing", () => {
  strictEqual(assignSlots([]).slots.length, 0);
});
