import fc from "fast-check";
import { gradientClip } from "./gradient_clip.ts";
import { referenceOf } from "./gradient_testing.ts";
import { gradientNorm } from "./gradient_norm.ts";
import { squarePartials, sumOfSquares } from "./sum_of_squares.ts";
import {
  assertAllClose,
  checkKernel,
  runKernel,
  selfTest,
  testSession,
  testValues,
} from "./testing.ts";
import { vectorWidth } from "./vector.ts";

Deno.test("gradientClip() agrees with its reference by value and by norm, for any size", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.constantFrom("value" as const, "norm" as const),
      (size, by) =>
        checkKernel(session, gradientClip, {
          params: { size, limit: 0.25 },
          variant: { by, vector: vectorWidth(size) },
          reads: by === "norm" ? [new Float32Array([5, 0.125])] : [],
          writes: [testValues(size)],
        }),
    ),
    { numRuns: 20 },
  );
});

Deno.test("sumOfSquares() and gradientNorm() agree with their references", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom(0.5, 1, 100),
      fc.constantFrom(0, 1e-6, 0.5),
      async (size, offset, limit, guard) => {
        const count = squarePartials(size);
        const params = { size, offset, count };
        await checkKernel(session, sumOfSquares, {
          params,
          variant: {},
          reads: [testValues(size)],
          writes: [testValues(offset + count + 3, 2)],
        });
        await checkKernel(session, gradientNorm, {
          params: { count: size, limit, guard },
          variant: {},
          reads: [testValues(size).map(Math.abs)],
          writes: [new Float32Array(2)],
        });
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("gradients of two tensors are clipped to a common norm, and left alone below it", async () => {
  const session = await testSession();
  const tensors = [testValues(1000), testValues(77, 2)];
  const counts = tensors.map(({ length }) => squarePartials(length));
  let partials = new Float32Array(counts[0] + counts[1]);
  for (const [index, x] of tensors.entries()) {
    const params = {
      size: x.length,
      offset: index * counts[0],
      count: counts[index],
    };
    const call = { params, variant: {}, reads: [x], writes: [partials] };
    partials = Float32Array.from(
      (await runKernel(session, sumOfSquares, call))[0],
    );
  }
  const expected = Math.hypot(...tensors[0], ...tensors[1]);
  for (const limit of [0.5, 100]) {
    const [norm] = await runKernel(session, gradientNorm, {
      params: { count: partials.length, limit, guard: 0 },
      variant: {},
      reads: [partials],
      writes: [new Float32Array(2)],
    });
    assertAllClose(norm, [expected, Math.min(1, limit / expected)]);
    const clipped = tensors.flatMap((x) => [
      ...referenceOf(gradientClip, {
        params: { size: x.length, limit: 0 },
        variant: { by: "norm", vector: 1 },
        reads: [norm],
        writes: [x],
      })[0],
    ]);
    assertAllClose([Math.hypot(...clipped)], [Math.min(limit, expected)]);
  }
});

Deno.test("gradientNorm() of gradients that are all zero leaves them so", async () => {
  const [norm] = await runKernel(await testSession(), gradientNorm, {
    params: { count: 4, limit: 1, guard: 0 },
    variant: {},
    reads: [new Float32Array(4)],
    writes: [new Float32Array(2)],
  });
  assertAllClose(norm, [0, 1]);
});

Deno.test("gradientClip(), gradientNorm() and sumOfSquares() pass their self-tests", async () => {
  const session = await testSession();
  await selfTest(session, gradientClip);
  await selfTest(session, gradientNorm);
  await selfTest(session, sumOfSquares);
});
