import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { plainTuning, texelTuning, type Tuning } from "../src/plan/mod.ts";
import { kernelNamed, kernels, stepCost } from "../kernels/mod.ts";
import { affordableStep, caseData } from "./kernel_data.ts";
import { benchBatch, kernelCases, unusedKernels } from "./kernel_cases.ts";

/** Multiply-adds of a network's convolutions on one picture, in millions. */
function millions(network: string): number {
  let flops = 0;
  for (const { step, uses } of kernelCases(plainTuning)) {
    if (!step.kernel.includes("conv2d")) continue;
    const cost = stepCost(step);
    flops += (uses.get(network) ?? 0) * cost.flops;
  }
  return flops / 2 / benchBatch / 1e6;
}

Deno.test("kernelCases() holds the published work of MobileNet-v1, ResNet-50, ResNeXt-50 and Inception-v3", () => {
  // The papers' tables without the classifiers: 569 - 1 and 3,860 - 2 million;
  // Inception-v3 on 299x299 has 5,712; torchvision says 4,230 - 2 of ResNeXt-50.
  ok(Math.abs(millions("mobilenet-v1") / 568 - 1) < 0.01);
  ok(Math.abs(millions("resnet-50") / 3858 - 1) < 0.01);
  ok(Math.abs(millions("resnext-50") / 4228 - 1) < 0.01);
  ok(Math.abs(millions("inception-v3") / 5712 - 1) < 0.01);
});

Deno.test("kernelCases() names each case once, and every kernel is a case or an example", () => {
  const cases = kernelCases(plainTuning);
  const names = new Set(cases.map(({ name }) => name));
  strictEqual(names.size, cases.length);
  const used = new Set(cases.map(({ step }) => step.kernel));
  strictEqual(used.size + unusedKernels(cases).length, kernels.size);
});

Deno.test("affordableStep() takes fewer rows of what a reference cannot do in about a second", () => {
  for (const { step, name } of kernelCases(plainTuning)) {
    const less = affordableStep(step);
    if (!less) continue;
    const { flops } = kernelNamed(step.kernel).cost(less.params, less.variant);
    ok(flops <= 2e8, name);
  }
});

Deno.test("caseData() has a buffer for each binding, numbers to read and zeros to write", () => {
  for (const { step, bufferBytes } of kernelCases(plainTuning).slice(0, 9)) {
    const { reads, writes } = caseData(step, bufferBytes);
    strictEqual(reads.length + writes.length, bufferBytes.length);
    ok(reads.every((data) => data.every((value) => value > 0 && value < 1.11)));
    ok(writes.every((data) => data.every((value) => value === 0)));
  }
});

Deno.test("kernelCases() calls a case the same whatever the tiles", () => {
  const names = (tuning: Tuning) => kernelCases(tuning).map(({ name }) => name);
  const software = texelTuning;
  deepStrictEqual(names(software), names(plainTuning));
});
