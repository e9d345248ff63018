import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import { scaleRows } from "./scale_rows.ts";

Deno.test("scaleRows() gives every row the L2 norm sqrt(features), whatever its scale", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 60 }),
    fc.double({ min: -6, max: 6, noNaN: true }),
    (features, exponent) => {
      const rows = testValues(features * 3).map((value) =>
        value * 10 ** exponent
      );
      const scaled = scaleRows(rows, features);
      for (let r = 0; r < 3; r++) {
        const row = scaled.subarray(r * features, (r + 1) * features);
        const norm = Math.hypot(...row);
        assertAllClose([norm], [Math.sqrt(features)], { relative: 1e-6 });
      }
    },
  ));
});

Deno.test("scaleRows() leaves a row of zeros alone", () => {
  deepStrictEqual(scaleRows(new Float32Array(4), 2), new Float32Array(4));
});
