import { ok, strictEqual } from "@std/assert";
import { gradientClip } from "../kernels/gradient_clip.ts";
import { gradientNorm } from "../kernels/gradient_norm.ts";
import type { BufferData } from "../kernels/kernel.ts";
import { optimizer, optimizerMoments } from "../kernels/optimizer.ts";
import { squarePartials, sumOfSquares } from "../kernels/sum_of_squares.ts";
import { runKernel, testSession, testValues } from "../kernels/testing.ts";
import {
  adamConstants,
  clipGuards,
  penaltyOf,
  rateAt,
  ruleOf,
  updateSchedule,
  type UpdateSettings,
} from "../src/train/mod.ts";
import golden from "./golden/optimizers_torch.json" with { type: "json" };

const { size, steps, runs, clips } = golden;
const bound = 1e-6;

function gradientOf(step: number): Float32Array {
  return testValues(size, 100 + step).map((value, i) => value * 10 ** -(i % 8));
}

/** Throws unless values are within the bound, as a share of the largest. */
function assertNear(
  actual: ArrayLike<number>,
  expected: readonly number[],
  what: string,
): void {
  const largest = Math.max(...expected.map(Math.abs));
  const distance = Math.max(
    ...expected.map((value, i) => Math.abs(value - actual[i])),
  );
  ok(distance <= bound * largest, `${what}: ${distance / largest}`);
}

const constant = {
  framework: "pytorch",
  schedule: "constant",
  steps,
  weightDecay: 0,
} as const;
const adam = { ...constant, optimizer: "adam", rate: 0.003 } as const;
const descent = {
  ...constant,
  optimizer: "sgd",
  rate: 0.05,
  weightDecay: 0.1,
} as const;
const cycle = { ...constant, schedule: "onecycle" } as const;

const settingsOf: { readonly [K in keyof typeof runs]: UpdateSettings } = {
  "adam": adam,
  "adam, L2": { ...adam, weightDecay: 0.1 },
  "adamw": { ...adam, optimizer: "adamw", weightDecay: 0.1 },
  "adam, L2, OneCycle": {
    ...cycle,
    optimizer: "adam",
    rate: 0.01,
    weightDecay: 1e-4,
  },
  "adamw, OneCycle": {
    ...cycle,
    optimizer: "adamw",
    rate: 0.01,
    weightDecay: 0.1,
  },
  "sgd, L2": descent,
  "momentum, L2": { ...descent, optimizer: "momentum" },
  "nesterov, L2": { ...descent, optimizer: "nesterov" },
  "momentum, OneCycle": { ...cycle, optimizer: "momentum", rate: 0.1 },
  "nesterov, OneCycle": { ...cycle, optimizer: "nesterov", rate: 0.1 },
};

/** Calls `onStep` with the parameters after each step of the kernel. */
async function update(
  settings: UpdateSettings,
  onStep: (parameters: BufferData, step: number) => void,
): Promise<void> {
  const session = await testSession();
  const rule = ruleOf(settings.optimizer);
  const schedule = updateSchedule(settings, { first: 0, count: steps });
  let state: BufferData[] = [
    testValues(size).map((value) => value / 16),
    ...optimizerMoments[rule].map(() => new Float32Array(size)),
  ];
  for (let step = 0; step < steps; step++) {
    state = await runKernel(session, optimizer, {
      params: {
        size,
        decayed: size,
        secondShare: 1 - adamConstants.beta2,
        penalty: penaltyOf(settings),
        rateScale: 1,
      },
      variant: { rule, vector: 4 },
      reads: [gradientOf(step), schedule, Uint32Array.of(step + 1)],
      writes: state,
    });
    onStep(state[0], step);
  }
}

for (const [name, settings] of Object.entries(settingsOf)) {
  Deno.test(`optimizer() follows PyTorch's numbers within ${bound}: ${name}`, async () => {
    const expected = new Map(Object.entries(runs)).get(name)?.parameters ?? [];
    strictEqual(expected.length, steps);
    await update(settings, (parameters, step) => {
      assertNear(parameters, expected[step], `step ${step}`);
    });
  });
}

Deno.test("rateAt() and updateSchedule() have the rates and momenta of PyTorch's OneCycleLR", () => {
  const settings = settingsOf["nesterov, OneCycle"];
  const { rates, momenta } = runs["nesterov, OneCycle"];
  const table = updateSchedule(settings, { first: 0, count: steps });
  for (let step = 0; step < steps; step++) {
    assertNear([rateAt(settings, step)], [rates[step]], `rate ${step}`);
    assertNear([table[step * 4 + 3]], [momenta[step]], `momentum ${step}`);
  }
});

Deno.test("gradientClip() clips by value as PyTorch does", async () => {
  const { limit, gradients } = clips.value;
  for (const [step, expected] of gradients.entries()) {
    const [clipped] = await runKernel(await testSession(), gradientClip, {
      params: { size, limit },
      variant: { by: "value", vector: 4 },
      reads: [],
      writes: [gradientOf(step)],
    });
    assertNear(clipped, expected, `step ${step}`);
  }
});

Deno.test("gradientClip() clips by norm as PyTorch does, with what it adds to the norm", async () => {
  const session = await testSession();
  const { limit, gradients } = clips.norm;
  const count = squarePartials(size);
  for (const [step, expected] of gradients.entries()) {
    const [partials] = await runKernel(session, sumOfSquares, {
      params: { size, offset: 0, count },
      variant: {},
      reads: [gradientOf(step)],
      writes: [new Float32Array(count)],
    });
    const [norm] = await runKernel(session, gradientNorm, {
      params: { count, limit, guard: clipGuards.pytorch },
      variant: {},
      reads: [partials],
      writes: [new Float32Array(2)],
    });
    const [clipped] = await runKernel(session, gradientClip, {
      params: { size, limit },
      variant: { by: "norm", vector: 4 },
      reads: [norm],
      writes: [gradientOf(step)],
    });
    assertNear(clipped, expected, `step ${step}`);
  }
});
