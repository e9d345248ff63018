import { deepStrictEqual, ok } from "@std/assert";
import fc from "fast-check";
import { Coverage } from "./_coverage.ts";

function total(coverage: Coverage): number {
  return coverage.shares().reduce((sum, share) => sum + share, 0);
}

Deno.test("Coverage gives half-covered pixels half", () => {
  const coverage = new Coverage(3, 2);
  coverage.add([[0.5, 0.5], [2, 0.5], [2, 1], [0.5, 1]]);
  deepStrictEqual([...coverage.shares()], [0.25, 0.5, 0, 0, 0, 0]);
});

Deno.test("Coverage sums to a triangle's area, whichever way round it runs", () => {
  const coordinate = fc.double({ min: 0, max: 9, noNaN: true });
  const corner = fc.tuple(coordinate, coordinate);
  fc.assert(fc.property(corner, corner, corner, (a, b, c) => {
    const area =
      Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) /
      2;
    for (const corners of [[a, b, c], [c, b, a]]) {
      const coverage = new Coverage(9, 9);
      coverage.add(corners);
      ok(
        Math.abs(total(coverage) - area) < 1e-3,
        `${total(coverage)} is not ${area}`,
      );
    }
  }));
});

Deno.test("Coverage leaves a hole where the inner contour runs the other way", () => {
  const coverage = new Coverage(4, 4);
  coverage.add([[0, 0], [4, 0], [4, 4], [0, 4]]);
  coverage.add([[1, 1], [1, 3], [3, 3], [3, 1]]);
  deepStrictEqual(total(coverage), 12);
});

Deno.test("Coverage cuts off what lies outside", () => {
  const coverage = new Coverage(2, 2);
  coverage.add([[-5, -5], [1, -5], [1, 9], [-5, 9]]);
  deepStrictEqual([...coverage.shares()], [1, 0, 1, 0]);
});
