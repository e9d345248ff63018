import { strictEqual } from "@std/assert";
import { median, spread } from "./statistics.ts";

Deno.test("median() takes the middle, or the mean of the two in the middle", () => {
  strictEqual(median([9, 1, 5]), 5);
  strictEqual(median([4, 1, 2, 9]), 3);
  strictEqual(median([]), NaN);
});

Deno.test("spread() is half the range as a share of the median", () => {
  strictEqual(spread([90, 100, 110]), 0.1);
  strictEqual(spread([7]), 0);
});
