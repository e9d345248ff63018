/**
 * `deno bench -R bench/kernels_bench.ts`: the heaviest dispatch of each kernel,
 * with the wait for it. `./espalier bench kernels` has all of them, net of it.
 *
 * @module
 */
import { kernelNamed, stepCost } from "../kernels/mod.ts";
import { openLocalSession } from "../src/gpu/local_session.ts";
import { presetTuning, type Tuning } from "../src/plan/mod.ts";
import { exampleCase, KernelBench } from "./kernel_bench.ts";
import { type KernelCase, kernelCases, unusedKernels } from "./kernel_cases.ts";

function work({ step }: KernelCase): number {
  const { flops, bytes } = stepCost(step);
  return flops + bytes;
}

async function preset(): Promise<Tuning> {
  const session = await openLocalSession();
  await session.close();
  return presetTuning(session.adapter);
}

const cases = kernelCases(await preset());
const heaviest = new Map<string, KernelCase>();
for (const each of cases.toSorted((a, b) => work(a) - work(b))) {
  heaviest.set(each.step.kernel, each);
}
const examples = unusedKernels(cases).map(kernelNamed).map(exampleCase);

for (const each of [...heaviest.values(), ...examples]) {
  Deno.bench({
    name: each.name,
    group: each.step.kernel,
    // Some take a second: what Deno does by default would be minutes of them.
    n: 3,
    warmup: 1,
    async fn(context) {
      const session = await openLocalSession();
      try {
        const bench = new KernelBench(session, [each]);
        await bench.check(each);
        await bench.submit(1);
        context.start();
        await bench.submit(1);
        context.end();
      } finally {
        await session.close();
      }
    },
  });
}
