import { deepStrictEqual, ok, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import {
  accuracyOf,
  accuracyOfMatrix,
  classMetrics,
  confusionMatrix,
  macroF1,
} from "./metrics.ts";

const matrix = [[5, 1, 0], [2, 3, 0], [0, 4, 0]];

function near(actual: number | undefined, expected: number): void {
  ok(
    actual !== undefined && Math.abs(actual - expected) < 1e-12,
    `${actual} is not ${expected}`,
  );
}

Deno.test("confusionMatrix() puts the truth in rows and the prediction in columns", () => {
  const outcomes = [{ truth: 0, predicted: 1 }, { truth: 0, predicted: 1 }, {
    truth: 2,
    predicted: 2,
  }];
  deepStrictEqual(confusionMatrix(outcomes, 3), [[0, 2, 0], [0, 0, 0], [
    0,
    0,
    1,
  ]]);
});

Deno.test("confusionMatrix() refuses an index that is no class", () => {
  for (const index of [-1, 2, 0.5, NaN]) {
    throws(
      () => confusionMatrix([{ truth: 0, predicted: index }], 2),
      /outside the 2 classes/,
    );
  }
});

Deno.test("accuracyOf() gives Wilson's interval as published", () => {
  // R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  const published = [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [
    0,
    20,
    0,
    0.1611,
  ], [1, 29, 0.0061, 0.1718]];
  for (const [correct, total, low, high] of published) {
    const interval = accuracyOf(correct, total);
    strictEqual(interval.low.toFixed(4), low.toFixed(4));
    strictEqual(interval.high.toFixed(4), high.toFixed(4));
    strictEqual(interval.accuracy, correct / total);
  }
});

Deno.test("accuracyOf() knows nothing of no images", () => {
  ok(Number.isNaN(accuracyOf(0, 0).accuracy));
  throws(() => accuracyOf(3, 2), RangeError);
});

Deno.test("accuracyOf() keeps the share inside an interval within 0 to 1", () => {
  fc.assert(fc.property(fc.nat(5000), fc.nat(5000), (right, wrong) => {
    fc.pre(right + wrong > 0);
    const { low, accuracy, high } = accuracyOf(right, right + wrong);
    ok(0 <= low && low <= accuracy && accuracy <= high && high <= 1);
  }));
});

Deno.test("accuracyOfMatrix() divides the diagonal by the sum", () => {
  const { correct, total } = accuracyOfMatrix(matrix);
  deepStrictEqual([correct, total], [8, 15]);
});

Deno.test("classMetrics() agrees with a count by hand", () => {
  const [first, second, third] = classMetrics(matrix);
  deepStrictEqual([first.support, second.support, third.support], [6, 5, 4]);
  near(first.precision, 5 / 7);
  near(first.recall, 5 / 6);
  near(first.f1, 10 / 13);
  near(second.precision, 3 / 8);
  near(second.recall, 3 / 5);
  near(second.f1, 6 / 13);
  strictEqual(third.precision, undefined);
  strictEqual(third.recall, 0);
  strictEqual(third.f1, 0);
});

Deno.test("macroF1() is the mean over the classes that have a score", () => {
  near(macroF1(classMetrics(matrix)), 16 / 39);
  near(macroF1(classMetrics([[2, 0, 0], [0, 2, 0], [0, 0, 0]])), 1);
  strictEqual(macroF1(classMetrics([[0]])), undefined);
});
