import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { kernelNamed } from "../../kernels/mod.ts";
import { testSession } from "../../kernels/testing.ts";
import { selfTestKernel } from "./check_kernel.ts";

Deno.test("selfTestKernel() passes a kernel that agrees with its reference", async () => {
  const result = await selfTestKernel(await testSession(), kernelNamed("mean"));
  const { kernel, passed, maxError, milliseconds } = result;
  deepStrictEqual({ kernel, passed }, { kernel: "mean", passed: true });
  ok(maxError < 1e-5 && milliseconds > 0);
});

Deno.test("selfTestKernel() fails a kernel that computes something else, and says by how much", async () => {
  const mean = kernelNamed("mean");
  const { passed, maxError } = await selfTestKernel(await testSession(), {
    ...mean,
    reference(call) {
      mean.reference(call);
      call.writes[0][0] += 3;
    },
  });
  strictEqual(passed, false);
  ok(Math.abs(maxError - 3) < 1e-4);
});

Deno.test("selfTestKernel() fails a kernel that gives NaN", async () => {
  const mean = kernelNamed("mean");
  const { passed, maxError } = await selfTestKernel(await testSession(), {
    ...mean,
    reference({ writes }) {
      writes[0].fill(NaN);
    },
  });
  deepStrictEqual({ passed, maxError }, { passed: false, maxError: Infinity });
});

Deno.test("selfTestKernel() says why a kernel did not run", async () => {
  const mean = kernelNamed("mean");
  const { passed, failure } = await selfTestKernel(await testSession(), {
    ...mean,
    name: "no such kernel",
  });
  strictEqual(passed, false);
  match(failure ?? "", /no such kernel/);
});
