import fc from "fast-check";
import { interleave, phaseLength } from "./interleave.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";
import { vectorWidth } from "./vector.ts";

Deno.test("interleave() agrees with its reference over odd sizes, strides and phases that are missing", async () => {
  const session = await testSession();
  const size = fc.integer({ min: 1, max: 7 });
  const stride = fc.constantFrom<1 | 2>(1, 2);
  await fc.assert(
    fc.asyncProperty(
      fc.record({ batch: size, height: size, width: size }),
      fc.constantFrom(1, 3, 4, 8),
      fc.record({ strideHeight: stride, strideWidth: stride }),
      fc.integer({ min: 1, max: 15 }),
      fc.boolean(),
      (shape, channels, strides, mask, texels) => {
        const phases = [0, 1, 2, 3].filter((at) => mask >> at & 1)
          .map((at) => [at >> 1, at & 1])
          .filter(([a, b]) =>
            a < Math.min(strides.strideHeight, shape.height) &&
            b < Math.min(strides.strideWidth, shape.width)
          );
        const names = phases.map(([a, b]) => `${a}_${b}`);
        return checkKernel(session, interleave, {
          params: { ...shape, channels, ...strides },
          variant: {
            ...strides,
            phases: names.join(" "),
            vector: vectorWidth(channels),
            asTexels: texels
              ? names.map((name) => `phase${name}`).join(" ")
              : "",
          },
          reads: phases.map(([a, b], at) =>
            testValues(
              shape.batch * channels *
                phaseLength(shape.height, {
                  phase: a,
                  stride: strides.strideHeight,
                }) *
                phaseLength(shape.width, {
                  phase: b,
                  stride: strides.strideWidth,
                }),
              at + 1,
            )
          ),
          writes: [
            new Float32Array(
              shape.batch * shape.height * shape.width * channels,
            ).fill(9),
          ],
        });
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("interleave() passes its self-test", async () => {
  await selfTest(await testSession(), interleave);
});
