import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { plainTuning, type Step, texelTuning } from "../src/plan/mod.ts";
import { stepCost } from "../kernels/mod.ts";
import { affordableStep, caseData } from "./kernel_data.ts";
import { kernelCases, unusedKernels } from "./kernel_cases.ts";
import {
  benchBatch,
  forwardPrograms,
  trainingPrograms,
} from "./kernel_programs.ts";

Deno.test("forwardPrograms() holds the published work of networks", () => {
  // Millions of multiply-adds, without the classifiers: the papers' tables say 569
  // - 1, 300 - 1 and 3,860 - 2 (Keras has strides where they have), torchvision
  // 4,230 - 2; Inception-v3 on 299x299 has 5,712.
  const published = new Map([
    ["mobilenet-v1", 568],
    ["mobilenet-v2", 299],
    ["resnet-50", 3858],
    ["resnext-50", 4228],
    ["inception-v3", 5712],
  ]);
  for (const { network, program } of forwardPrograms(plainTuning)) {
    const known = published.get(network);
    if (known === undefined) continue;
    const flops = program.steps
      .filter(({ kernel }) => kernel.includes("conv2d"))
      .reduce((sum, step) => sum + stepCost(step).flops, 0);
    const millions = flops / 2 / benchBatch / 1e6;
    ok(Math.abs(millions / known - 1) < 0.02, `${network}: ${millions}`);
    published.delete(network);
  }
  strictEqual(published.size, 0);
});

const cases = kernelCases(texelTuning);

Deno.test("every kernel is timed on a shape that real programs have", () => {
  // No op is lowered to this one.
  deepStrictEqual(unusedKernels(cases), ["accumulate"]);
});

Deno.test("kernelCases() has the heaviest of each kernel that a training runs", () => {
  const work = (step: Step) => stepCost(step).flops + stepCost(step).bytes;
  const most = (steps: readonly Step[]) => Math.max(...steps.map(work));
  for (const { network, program } of trainingPrograms(texelTuning)) {
    const byKernel = Map.groupBy(program.steps, ({ kernel }) => kernel);
    for (const [kernel, steps] of byKernel) {
      const timed = cases.filter(({ step, uses }) =>
        step.kernel === kernel && uses.has(network)
      );
      const heaviest = most(timed.map(({ step }) => step));
      strictEqual(heaviest, most(steps), `${kernel} of ${network}`);
    }
  }
});

Deno.test("kernelCases() names each case once, and the same whatever the tiles", () => {
  const names = cases.map(({ name }) => name);
  strictEqual(new Set(names).size, names.length);
  const otherTiles = { ...texelTuning, preset: plainTuning.preset };
  deepStrictEqual(kernelCases(otherTiles).map(({ name }) => name), names);
});

Deno.test("affordableStep() takes fewer rows or pictures of what its reference would take long for", () => {
  for (const { step, name } of cases) {
    const less = affordableStep(step);
    if (!less) continue;
    const share = stepCost(less).flops / stepCost(step).flops;
    const isOne = less.params.batch === 1;
    ok(stepCost(less).flops <= 5e7 || isOne, name);
    ok(less === step || share < 1, name);
  }
});

Deno.test("caseData() has a buffer for each binding, numbers to read and zeros to write", () => {
  const small = cases.filter(({ bufferBytes }) =>
    Math.max(...bufferBytes) < 1e6
  );
  ok(small.length > 5);
  for (const { step, bufferBytes } of small) {
    const { reads, writes } = caseData(step, bufferBytes);
    strictEqual(reads.length + writes.length, bufferBytes.length);
    for (const data of reads) {
      const isIndex = data instanceof Uint32Array;
      ok(data.every((value) => isIndex || value > 0 && value < 1.11));
    }
    ok(writes.every((data) => data.every((value) => value === 0)));
  }
});

Deno.test("caseData() gives a maximum's gradient the maxima that its pool makes", () => {
  const overlapping = cases.find(({ step }) =>
    step.kernel === "pool_gradient" && step.variant.disjoint === false
  );
  if (!overlapping) throw new Error("no pool has windows that overlap");
  const { step, bufferBytes } = overlapping;
  const { reads: [dy, x, y] } = caseData(step, bufferBytes);
  const { batch, outHeight, outWidth, channels } = step.params;
  const count = batch * outHeight * outWidth * channels;
  ok(count > 0 && dy.length >= count && y.length >= count);
  // Windows of 3x3 pixels of uniform numbers up to 1.1.
  const sum = Array.from(y.subarray(0, count)).reduce((a, b) => a + b);
  ok(sum / count > 0.9 && sum / count < 1.1, `${sum / count}`);
  ok(y.subarray(0, channels).every((maximum) => x.includes(maximum)));
});
