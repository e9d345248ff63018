import { deepStrictEqual, strictEqual } from "@std/assert";
import { withAllTexels } from "../src/gpu/check_kernel.ts";
import { bindingsOf, takeTexels } from "./kernel.ts";
import { kernelNamed, kernels } from "./mod.ts";
import { runKernel, testSession, testValues } from "./testing.ts";
import { unary } from "./unary.ts";

Deno.test("every kernel that takes texels computes the same bytes from them as from buffers", async () => {
  const session = await testSession();
  for (const kernel of kernels.values()) {
    const call = kernel.example();
    const variant = withAllTexels(kernel, call.variant);
    if (variant === call.variant) continue;
    deepStrictEqual(
      await runKernel(session, kernel, { ...call, variant }),
      await runKernel(session, kernel, call),
      `${kernel.name} ${variant.asTexels}`,
    );
  }
});

Deno.test("texels of floats one by one end where their tensor does, between two lines or in a texel", async () => {
  const session = await testSession();
  for (const size of [1, 6, 4 * 4096 - 1, 4 * 4096 + 5]) {
    const x = testValues(size);
    const [y] = await runKernel(session, unary, {
      params: { size },
      variant: { function: "neg", asTexels: "x" },
      reads: [x],
      writes: [new Float32Array(size)],
    });
    deepStrictEqual(y, x.map((value) => -value));
  }
});

Deno.test("takeTexels() refuses what a texture cannot be, and keeps the order of the bindings", () => {
  const [ones, fours] = ([1, 4] as const).map((vector) => ({ vector }));
  const take = (variant: { vector: 1 | 4; asTexels?: string }, name: string) =>
    takeTexels(kernelNamed("copy_channels"), variant, [name]);
  // Floats one by one would each write the whole of a texel.
  strictEqual(take(ones, "y"), undefined);
  deepStrictEqual(take(ones, "x"), { vector: 1, asTexels: "x" });
  deepStrictEqual(take({ ...fours, asTexels: "y" }, "x"), {
    vector: 4,
    asTexels: "x y",
  });
  strictEqual(take(fours, "z"), undefined);
  const bound = bindingsOf(kernelNamed("copy_channels"), {
    vector: 1,
    asTexels: "x",
  });
  deepStrictEqual(bound.map(({ element }) => element), [
    "texel floats",
    "f32",
  ]);
});
