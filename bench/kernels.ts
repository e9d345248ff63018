/**
 * Every kernel on shapes that real networks have, forward and in training:
 * checked against its reference first, then timed.
 *
 * @module
 */
import { kernelNamed, stepCost } from "../kernels/mod.ts";
import { openLocalSession } from "../src/gpu/local_session.ts";
import type { Session } from "../src/gpu/mod.ts";
import { InputError, messageOf } from "../src/errors.ts";
import { measureFloor } from "./dispatch_time.ts";
import { type KernelCase, kernelCases, unusedKernels } from "./kernel_cases.ts";
import { exampleCase, KernelBench } from "./kernel_bench.ts";
import { arithmeticCeiling } from "./roofline.ts";
import type { BenchContext, Section } from "./section.ts";
import { showHeaviest } from "./heaviest.ts";
import type { Tuning } from "../src/plan/mod.ts";
import { benchTuning } from "./tuning.ts";
import { median } from "./statistics.ts";

/** Each kernel on the heaviest shapes of what real networks run. */
export const kernelSection: Section = {
  name: "kernels",
  isBesideCeiling: true,
  async run(context) {
    const cases = kernelCases(await adapterTuning());
    const progress = context.terminal.progress({
      label: "kernels",
      unit: "cases",
      total: cases.length + unusedKernels(cases).length,
    });
    const examples = unusedKernels(cases).map(kernelNamed).map(exampleCase);
    const byKernel = Map.groupBy(
      [...cases, ...examples],
      ({ step }) => step.kernel,
    );
    let done = 0;
    for (const group of byKernel.values()) {
      await withSession(async (session) => {
        const bench = new KernelBench(session, group);
        for (const each of group) {
          context.signal.throwIfAborted();
          await addRow(bench, each, context);
          progress.update(++done);
        }
      });
    }
    progress.close();
    showHeaviest(cases, context);
  },
};

/** What the kernels of networks are chosen by. */
async function adapterTuning(): Promise<Tuning> {
  const session = await openLocalSession();
  const tuning = await benchTuning(session.adapter);
  await session.close();
  return tuning;
}

/** Buffers with names live as long as their session, so each kernel gets its own. */
async function withSession(
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const session = await openLocalSession();
  try {
    await work(session);
  } finally {
    await session.close();
  }
}

async function addRow(
  bench: KernelBench,
  each: KernelCase,
  { rows, rounds, signal, add }: BenchContext,
): Promise<void> {
  const { step, name, uses } = each;
  const common = { section: "kernels", name, unit: "ms" } as const;
  const facts = {
    used: [...uses].map(([network, count]) => `${count} in ${network}`)
      .join(" + "),
    variant: JSON.stringify(step.variant),
  };
  try {
    const checked = await bench.check(each);
    const floor = await measureFloor((count) => bench.submit(count));
    const times = await bench.time({ floor, rounds, signal });
    const milliseconds = median(times.samples);
    const { flops, bytes } = stepCost(step);
    const ceiling = arithmeticCeiling(rows);
    const rate = flops / milliseconds / 1e6;
    add({
      ...common,
      samples: times.samples,
      warmUp: times.warmUp,
      details: {
        "GFLOP/s": rate,
        "GB/s": bytes / milliseconds / 1e6,
        "share of ceiling": ceiling === undefined ? null : rate / ceiling,
        checked,
        ...facts,
      },
    });
  } catch (error) {
    if (signal.aborted || error instanceof InputError) throw error;
    const problem = messageOf(error);
    add({ ...common, samples: [], warmUp: 0, problem, details: facts });
  } finally {
    await bench.close();
  }
}
