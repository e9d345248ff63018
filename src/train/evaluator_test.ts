import { deepStrictEqual, strictEqual } from "@std/assert";
import fc from "fast-check";
import {
  assertAllClose,
  testSession,
  testValues,
} from "../../kernels/testing.ts";
import { liftBatch } from "../passes/lift_batch.ts";
import { batch, testImages, testNetwork, testTensor } from "./_testing.ts";
import { denseNetwork } from "./dense_step.ts";
import { predictNetwork } from "./evaluator.ts";
import { fixedRows, type RowSource, scaleRows } from "./row_source.ts";
import { type Tensors, withValues } from "./variables.ts";

/** One dense layer, and what its rows have to look like. */
interface TestHead {
  readonly features: number;
  readonly classes: number;
  readonly scale: boolean;
}

function tensorsOf({ features, classes }: TestHead): Tensors {
  return {
    "head/logits/kernel": testTensor([features, classes], 5),
    "head/logits/bias": testTensor([classes], 6),
  };
}

async function predict(
  head: TestHead,
  values: Float32Array,
): Promise<Float32Array> {
  const { features, scale } = head;
  const labels = new Uint32Array(values.length / features);
  return await predictNetwork(await testSession(), {
    network: withValues(denseNetwork({ ...head, batch: 3 }), tensorsOf(head)),
    rows: fixedRows({ rows: values, features, labels }, { scale }),
    loss: "softmax",
  });
}

/** Softmax of a dense layer, in plain loops and f64. */
function reference(head: TestHead, rows: Float32Array): number[] {
  const { features, classes } = head;
  const [{ data: weights }, { data: bias }] = Object.values(tensorsOf(head));
  const scaled = head.scale ? scaleRows(rows, features) : rows;
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

Deno.test("predictNetwork() of one dense layer agrees with plain loops for any number of rows, features and classes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        count: fc.nat(30),
        features: fc.integer({ min: 1, max: 50 }),
        classes: fc.integer({ min: 2, max: 9 }),
        scale: fc.boolean(),
      }),
      async ({ count, ...head }) => {
        const rows = testValues(count * head.features);
        assertAllClose(await predict(head, rows), reference(head, rows), {
          absolute: 1e-5,
        });
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("predictNetwork() of one dense layer gives a row the same bytes alone and among others, and frees what it made", async () => {
  const session = await testSession();
  const head = { features: 130, classes: 5, scale: true };
  const rows = testValues(23 * 130);
  const together = await predict(head, rows);
  for (const r of [0, 1, 2, 3, 10, 22]) {
    const row = rows.slice(r * 130, (r + 1) * 130);
    deepStrictEqual(
      await predict(head, row),
      together.slice(r * 5, r * 5 + 5),
    );
  }
  const before = await session.liveBuffers();
  await predict(head, rows);
  strictEqual(await session.liveBuffers(), before);
});

Deno.test("predictNetwork() computes as many rows at once as have room, and gives each what it gets in a batch", async () => {
  const session = await testSession();
  const network = testNetwork();
  const predictRows = (rows: RowSource) =>
    predictNetwork(session, { network, rows, loss: "softmax" });
  const done: number[] = [];
  const images = testImages(45);
  const together = await predictNetwork(session, {
    network,
    rows: images,
    loss: "softmax",
    onRows: (rows) => done.push(rows),
  });
  deepStrictEqual(done, [45]);
  const few = await predictRows({ ...images, count: batch });
  assertAllClose(few, together.slice(0, few.length), { absolute: 1e-6 });
  const wide = liftBatch(network, 6);
  deepStrictEqual(
    await predictNetwork(session, {
      network: wide,
      rows: images,
      loss: "softmax",
    }),
    together,
  );
});
