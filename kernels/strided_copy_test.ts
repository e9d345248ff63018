import fc from "fast-check";
import { stridedCall, stridedCopy } from "./strided_copy.ts";
import { checkKernel, testSession, testValues } from "./testing.ts";

Deno.test("stridedCopy() agrees with its reference for any axes, orders and turns", async () => {
  const session = await testSession();
  const axis = fc.record({
    size: fc.integer({ min: 1, max: 5 }),
    isTurned: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(axis, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      async (axes, shift) => {
        const shape = axes.map(({ size }) => size);
        const count = shape.reduce((product, size) => product * size, 1);
        const inOrder = axes.map((_, at) =>
          shape.slice(at + 1).reduce((product, size) => product * size, 1)
        );
        const order = axes.map((_, at) => (at + shift) % axes.length);
        const call = stridedCall({
          shape: order.map((at) => shape[at]),
          strides: order.map((at) =>
            axes[at].isTurned ? -inOrder[at] : inOrder[at]
          ),
          offset: axes.reduce(
            (sum, { size, isTurned }, at) =>
              isTurned ? sum + (size - 1) * inOrder[at] : sum,
            0,
          ),
        });
        await checkKernel(session, stridedCopy, {
          ...call,
          reads: [testValues(count)],
          writes: [new Float32Array(count)],
        });
      },
    ),
    { numRuns: 30 },
  );
});
