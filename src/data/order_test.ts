import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import { compareCodePoints } from "./order.ts";

Deno.test("compareCodePoints() orders as UTF-8 bytes do", () => {
  const encoder = new TextEncoder();
  const text = fc.string({
    unit: fc.constantFrom("a", "B", "é", "\uFF5A", "\u{1F339}", "/"),
  });
  fc.assert(fc.property(fc.array(text), (texts) => {
    const byBytes = [...texts].sort((first, second) => {
      const [left, right] = [encoder.encode(first), encoder.encode(second)];
      const at = left.findIndex((byte, index) => byte !== right[index]);
      return at < 0 ? left.length - right.length : left[at] - (right[at] ?? -1);
    });
    deepStrictEqual(texts.sort(compareCodePoints), byBytes);
  }));
});
