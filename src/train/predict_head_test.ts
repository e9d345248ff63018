import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import fc from "fast-check";
import {
  assertAllClose,
  testSession,
  testValues,
} from "../../kernels/testing.ts";
import type { Head } from "./head.ts";
import { predictHead } from "./predict_head.ts";
import { scaleRows } from "./scale_rows.ts";

function testHead(
  { features, classes, scale }: {
    features: number;
    classes: number;
    scale: boolean;
  },
): Head {
  return {
    features,
    classes,
    scaleRows: scale,
    weights: testValues(features * classes, 5),
    bias: testValues(classes, 6),
  };
}

/** Softmax of a dense layer, in plain loops and f64. */
function reference(head: Head, rows: Float32Array): number[] {
  const { features, classes, weights, bias } = head;
  const scaled = head.scaleRows ? scaleRows(rows, features) : rows;
  const probabilities: number[] = [];
  for (let start = 0; start < rows.length; start += features) {
    const exponentials = Array.from(bias, (value, c) => {
      let sum = value;
      for (let k = 0; k < features; k++) {
        sum += scaled[start + k] * weights[k * classes + c];
      }
      return Math.exp(sum);
    });
    const total = exponentials.reduce((a, b) => a + b);
    probabilities.push(...exponentials.map((value) => value / total));
  }
  return probabilities;
}

Deno.test("predictHead() agrees with plain loops for any number of rows, features and classes", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        count: fc.nat(30),
        features: fc.integer({ min: 1, max: 50 }),
        classes: fc.integer({ min: 2, max: 9 }),
        scale: fc.boolean(),
      }),
      async ({ count, ...sizes }) => {
        const head = testHead(sizes);
        const rows = testValues(count * sizes.features);
        assertAllClose(
          await predictHead(session, { head, rows }),
          reference(head, rows),
          { absolute: 1e-5 },
        );
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("predictHead() gives a row the same bytes alone and among others", async () => {
  const session = await testSession();
  const head = testHead({ features: 130, classes: 5, scale: true });
  const rows = testValues(23 * 130);
  const together = await predictHead(session, { head, rows });
  for (const r of [0, 1, 2, 3, 10, 22]) {
    const row = rows.slice(r * 130, (r + 1) * 130);
    deepStrictEqual(
      await predictHead(session, { head, rows: row }),
      together.slice(r * 5, r * 5 + 5),
    );
  }
});

Deno.test("predictHead() refuses a row that is not whole, and frees what it made", async () => {
  const session = await testSession();
  const head = testHead({ features: 4, classes: 2, scale: false });
  await rejects(
    predictHead(session, { head, rows: new Float32Array(7) }),
    /7 values for rows of 4/,
  );
  await predictHead(session, { head, rows: new Float32Array(8) });
  const before = await session.liveBuffers();
  await predictHead(session, { head, rows: new Float32Array(8) });
  strictEqual(await session.liveBuffers(), before);
});
