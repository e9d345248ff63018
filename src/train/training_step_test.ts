import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import {
  assertAllClose,
  testSession,
  testValues,
} from "../../kernels/testing.ts";
import golden from "../../tests/golden/small_cnn.json" with { type: "json" };
import { presetTuning } from "../../kernels/tuning.ts";
import { elementCount, type Graph, tensorOf } from "../graph/ir.ts";
import { forwardPasses, optimise } from "../passes/mod.ts";
import { GraphSketch } from "../passes/testing.ts";
import { planGraphStep, StepRunner } from "./planned_step.ts";
import {
  adamConstants,
  penaltyOf,
  ruleOf,
  updateSchedule,
  type UpdateSettings,
} from "./schedule.ts";
import { buildTrainingStep, type Clip } from "./training_step.ts";
import {
  toVariables,
  variablesOf,
  withValues,
  writeInitialValues,
} from "./variables.ts";

const [batch, steps, size, classes] = [8, 10, 12, 10];

/** The network of `small_cnn.py`, from the same weights. */
function smallCnn(): Graph {
  const sketch = new GraphSketch();
  const images = sketch.input("images", [batch, size, size, 1]);
  const layer = (x: string, channels: number) =>
    sketch.unary("relu", sketch.bias(sketch.conv(x, { channels, size: 3 })));
  const first = sketch.pool("max_pool", layer(images, 4), {
    size: 2,
    stride: 2,
  });
  const second = sketch.pool("max_pool", layer(first, 8), {
    size: 3,
    stride: 2,
  });
  const flat = sketch.reshape(second, [batch, 72]);
  const hidden = sketch.unary("relu", sketch.bias(sketch.matmul(flat, 16)));
  const graph = optimise(
    sketch.finish(sketch.bias(sketch.matmul(hidden, classes))),
    { without: forwardPasses },
  );
  const network = toVariables(graph, () => true);
  const weights = variablesOf(network).map((name, index) => {
    const { shape } = tensorOf(network, name);
    const fanIn = shape.length > 1 ? elementCount(shape.slice(0, -1)) : 400;
    const scale = Math.fround(2 / Math.sqrt(fanIn));
    const data = testValues(elementCount(shape), index + 1)
      .map((value) => value * scale);
    return [name, { shape, data }] as const;
  });
  return withValues(network, Object.fromEntries(weights));
}

/** Ten losses from the weights and images of `small_cnn.py`. */
async function train(
  settings: UpdateSettings,
  clip?: Clip,
): Promise<{ losses: number[]; gradients: Float32Array[] }> {
  const session = await testSession();
  const network = smallCnn();
  const step = buildTrainingStep(network, {
    logits: network.outputs[0],
    variables: variablesOf(network),
    loss: { kind: "softmax" },
    clip,
    update: {
      rule: ruleOf(settings.optimizer),
      secondShare: 1 - adamConstants.beta2,
      penalty: penaltyOf(settings),
    },
    dataRows: batch * steps,
    steps,
    keepGradients: true,
  });
  const runner = await StepRunner.load(
    session,
    planGraphStep(network, { step, tuning: presetTuning(session.adapter) }),
  );
  await writeInitialValues(session, step.graph);
  const rows = batch * steps;
  const images = testValues(rows * size * size, 100);
  await session.write(runner.planned.buffers.data, images);
  const all = {
    places: Uint32Array.from({ length: rows }, (_, row) => row),
    labels: Uint32Array.from({ length: rows }, (_, row) => row * 7 % classes),
    schedule: updateSchedule(settings, { first: 0, count: steps }),
  };
  const [first] = await runner.run({ count: 1, ...all });
  const gradients: Float32Array[] = [];
  for (const [name, gradient] of step.gradients) {
    const bytes = elementCount(tensorOf(network, name).shape) * 4;
    gradients.push(new Float32Array(await session.read(gradient, bytes)));
  }
  // The first again, with those after it, in one submit.
  await writeInitialValues(session, step.graph);
  const progress = await runner.run({ count: steps, ...all });
  await runner.close();
  deepStrictEqual(progress[0], first);
  return { losses: progress.map(({ loss }) => loss), gradients };
}

const constant = { schedule: "constant", steps, weightDecay: 0 } as const;

const { losses: expectedLosses } = golden;
const adam = { ...constant, optimizer: "adam", rate: 0.003 } as const;
const momentum = { ...constant, optimizer: "momentum", rate: 0.05 } as const;
const descent = { ...constant, optimizer: "sgd", rate: 0.05 } as const;

const runs: readonly {
  name: string;
  settings: UpdateSettings;
  clip?: Clip;
  expected: readonly number[];
}[] = [
  { name: "Adam", settings: adam, expected: expectedLosses.adam },
  { name: "momentum", settings: momentum, expected: expectedLosses.momentum },
  {
    name: "Nesterov",
    settings: { ...momentum, optimizer: "nesterov" },
    expected: expectedLosses.nesterov,
  },
  {
    name: "AdamW",
    settings: { ...adam, optimizer: "adamw", weightDecay: 0.1 },
    expected: expectedLosses.adamw,
  },
  {
    name: "L2",
    settings: { ...descent, weightDecay: 0.1 },
    expected: expectedLosses.penalty,
  },
  {
    name: "OneCycle",
    settings: { ...adam, schedule: "onecycle", rate: 0.01 },
    expected: expectedLosses.onecycle,
  },
  {
    name: "clipping by value",
    settings: descent,
    clip: { by: "value", limit: 0.02 },
    expected: expectedLosses["clipped by value"],
  },
  {
    name: "clipping by norm",
    settings: descent,
    clip: { by: "norm", limit: 0.5 },
    expected: expectedLosses["clipped by norm"],
  },
];

for (const { name, settings, clip, expected } of runs) {
  Deno.test(`buildTrainingStep() gives ten losses that Keras has for a small CNN: ${name}`, async () => {
    const { losses } = await train(settings, clip);
    assertAllClose(losses, expected, { absolute: 0, relative: 1e-5 });
  });
}

Deno.test("buildTrainingStep() gives the gradients that Keras has for a small CNN", async () => {
  const { gradients } = await train(adam);
  strictEqual(gradients.length, golden.gradients.length);
  for (const [index, gradient] of gradients.entries()) {
    const expected = golden.gradients[index];
    const distance = Math.hypot(
      ...gradient.map((value, i) => value - expected[i]),
    );
    ok(distance <= 1e-4 * Math.hypot(...expected), `gradient ${index}`);
  }
});
