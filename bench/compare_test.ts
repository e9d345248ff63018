import { deepStrictEqual, strictEqual } from "@std/assert";
import fc from "fast-check";
import { compareResults } from "./compare.ts";
import type { Row } from "./results.ts";
import { resultsOf } from "./testing.ts";

function isRegression(
  unit: Row["unit"],
  { before, after }: { before: number[]; after: number[] },
): boolean {
  const { comparisons: [comparison] } = compareResults(
    resultsOf([{ name: "a", unit, samples: before }]),
    resultsOf([{ name: "a", unit, samples: after }]),
  );
  return comparison.isRegression;
}

Deno.test("compareResults() calls a loss over 10 % without noise a regression, whichever way is worse", () => {
  strictEqual(isRegression("images/s", { before: [100], after: [89] }), true);
  strictEqual(isRegression("images/s", { before: [100], after: [91] }), false);
  strictEqual(isRegression("ms", { before: [100], after: [112] }), true);
  strictEqual(isRegression("ms", { before: [100], after: [110] }), false);
  strictEqual(isRegression("ms", { before: [100], after: [50] }), false);
});

Deno.test("compareResults() allows for the noise of both runs", () => {
  const noisy = { before: [90, 100, 110], after: [80, 85, 90] };
  strictEqual(isRegression("images/s", noisy), false);
  const quiet = { before: [99, 100, 101], after: [84, 85, 86] };
  strictEqual(isRegression("images/s", quiet), true);
});

Deno.test("compareResults() compares the machine and the peers, and blames nobody for them", () => {
  const row = { name: "a", unit: "ms", isYardstick: true } as const;
  const { comparisons, lost } = compareResults(
    resultsOf([{ ...row, samples: [1] }, { ...row, name: "b", samples: [1] }]),
    resultsOf([{ ...row, samples: [9] }, { ...row, name: "b", samples: [] }]),
  );
  deepStrictEqual(
    comparisons.map(({ ratio, isRegression }) => ({ ratio, isRegression })),
    [{ ratio: 1 / 9, isRegression: false }],
  );
  deepStrictEqual(lost, []);
});

Deno.test("compareResults() calls no run worse than itself", () => {
  const samples = fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), {
    minLength: 1,
    maxLength: 9,
  });
  fc.assert(fc.property(samples, (values) => {
    const run = resultsOf([{ name: "a", unit: "ms", samples: values }]);
    const { comparisons: [{ ratio, isRegression }] } = compareResults(run, run);
    strictEqual(ratio, 1);
    strictEqual(isRegression, false);
  }));
});

Deno.test("compareResults() names what can no longer be measured and passes over what is new", () => {
  const before = resultsOf([{ name: "a", unit: "ms", samples: [1] }]);
  const after = resultsOf([
    { name: "a", unit: "ms", samples: [] },
    { name: "b", unit: "ms", samples: [1] },
  ]);
  deepStrictEqual(compareResults(before, after), {
    comparisons: [],
    lost: ["a"],
    warnings: [],
  });
});

Deno.test("compareResults() warns of another machine", () => {
  const { warnings } = compareResults(
    resultsOf([]),
    resultsOf([], "another one"),
  );
  deepStrictEqual(warnings, [
    "another processor: a processor before, another one now",
  ]);
});

Deno.test("compareResults() finds every loss over 10 % and the noise, and none below", () => {
  const value = fc.double({ min: 1, max: 1e6, noNaN: true });
  const jitter = fc.double({ min: 0, max: 0.2, noNaN: true });
  const loss = fc.double({ min: 0, max: 0.8, noNaN: true });
  fc.assert(fc.property(value, jitter, loss, (median, noise, lost) => {
    const around = (center: number) => [
      center * (1 - noise),
      center,
      center * (1 + noise),
    ];
    const allowed = 0.1 + 2 * noise;
    fc.pre(Math.abs(lost - allowed) > 1e-6);
    const samples = {
      before: around(median),
      after: around(median * (1 - lost)),
    };
    strictEqual(isRegression("images/s", samples), lost > allowed);
  }));
});
