import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import { elementCount, type Shape } from "../src/graph/ir.ts";
import {
  binary,
  binaryCall,
  type BinaryCallOptions,
  binaryFunctions,
  broadcastShape,
} from "./binary.ts";
import { checkKernel, runKernel, testSession, testValues } from "./testing.ts";

const binaryNames = [
  ...["add", "sub", "mul", "div", "max", "min", "squared_difference"] as const,
  ...["div_no_nan", "greater", "less_equal", "equal", "where"] as const,
  ...["unless", "not_equal", "less", "greater_equal"] as const,
];

async function checkBinary(
  shapes: { readonly a: Shape; readonly b: Shape },
  options: BinaryCallOptions,
): Promise<void> {
  const call = binaryCall(shapes, options);
  const { size, d3, yStride } = call.params;
  await checkKernel(await testSession(), binary, {
    ...call,
    reads: [
      testValues(elementCount(shapes.a)),
      // Away from 0, so that a quotient's error stays relative.
      testValues(elementCount(shapes.b), 2).map((value) =>
        value + Math.sign(value) * 0.1
      ),
    ],
    writes: [new Float32Array(size / d3 * yStride).fill(9)],
  });
}

/** A shape, and the same with leading axes cut off and others made 1. */
const broadcastPair = fc.record({
  shape: fc.array(fc.integer({ min: 1, max: 9 }), {
    minLength: 1,
    maxLength: 4,
  }),
  ones: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  cut: fc.tuple(fc.nat(3), fc.nat(3)),
}).map(({ shape, ones, cut }) => ({
  a: shape.map((size, axis) => ones[axis] ? 1 : size).slice(cut[0]),
  b: shape.map((size, axis) => ones[4 + axis] ? 1 : size).slice(cut[1]),
}));

Deno.test("binary() broadcasts as its reference does, over odd shapes", async () => {
  await fc.assert(
    fc.asyncProperty(
      broadcastPair,
      fc.constantFrom(...binaryNames),
      fc.constantFrom("none", "relu", "relu6"),
      (shapes, name, activation) =>
        checkBinary(shapes, { function: name, activation }),
    ),
    { numRuns: 60 },
  );
});

Deno.test("binary() writes a range of channels where b has y's shape, is a scalar or goes along the channels", async () => {
  for (const channels of [3, 8]) {
    for (const b of [[2, 5, 7, channels], [1], [channels]]) {
      for (const yOffset of [0, 3, 4]) {
        await checkBinary({ a: [2, 5, 7, channels], b }, {
          function: "sub",
          yStride: channels + yOffset + 4,
          yOffset,
        });
      }
    }
  }
});

Deno.test("binary() computes every function of four channels at once", async () => {
  for (const name of binaryNames) {
    await checkBinary({ a: [3, 8], b: [3, 8] }, { function: name });
  }
});

Deno.test("binary() scales channels of images in fours, from texels as from buffers", async () => {
  const session = await testSession();
  for (
    const [a, b] of [
      [[2, 3, 5, 8], [2, 1, 1, 8]],
      [[3, 1, 1, 4], [1, 4, 7, 4]],
      [[2, 1, 5, 12], [3, 1, 12]],
    ]
  ) {
    const call = {
      ...binaryCall({ a, b }, { function: "mul", activation: "relu" }),
      reads: [testValues(elementCount(a)), testValues(elementCount(b), 2)],
      writes: [new Float32Array(elementCount(broadcastShape(a, b)))],
    };
    deepStrictEqual(call.variant.vector, 4);
    await checkKernel(session, binary, call);
    const variant = { ...call.variant, asTexels: "a b y" };
    await checkKernel(session, binary, { ...call, variant });
  }
});

Deno.test("binary() broadcasts a scalar on the left", async () => {
  const call = binaryCall({ a: [], b: [2, 2] }, { function: "sub" });
  const [y] = await runKernel(await testSession(), binary, {
    ...call,
    reads: [new Float32Array([1]), new Float32Array([1, 2, 3, 4])],
    writes: [new Float32Array(4)],
  });
  deepStrictEqual([...y], [0, -1, -2, -3]);
});

Deno.test("binaryCall() chooses the plainest way to find b", () => {
  const chosen = (a: Shape, b: Shape) =>
    binaryCall({ a, b }, { function: "add" }).variant.broadcast;
  strictEqual(chosen([2, 3], [2, 3]), "none");
  strictEqual(chosen([1, 2, 3], [2, 3]), "none");
  strictEqual(chosen([2, 3], [1, 1]), "scalar");
  strictEqual(chosen([2, 3], [3]), "channels");
  strictEqual(chosen([2, 3], [2, 1]), "general");
  strictEqual(chosen([3], [2, 3]), "general");
});

Deno.test("binaryCall() refuses a range of channels where broadcasting is general", () => {
  throws(
    () => binaryCall({ a: [3], b: [2, 3] }, { function: "add", yStride: 6 }),
    /cannot be a range of channels/,
  );
});

Deno.test("broadcastShape() refuses dimensions that differ and ranks above 4", () => {
  throws(() => broadcastShape([2, 3], [2, 4]), /3 and 4 do not broadcast/);
  throws(() => broadcastShape([1, 1, 1, 1, 1], [1]), /rank 5/);
});

Deno.test("binaryFunctions take their operands in order", () => {
  const values = Object.values(binaryFunctions).map((apply) => apply(6, 4));
  deepStrictEqual(values, [
    ...[10, 2, 24, 1.5, 6, 4, 1296, 4, 1, 2, 1.5],
    ...[1, 1, 0, 0, 0, 1, 4, 0],
  ]);
});
