import { ok } from "@std/assert";
import { testSession } from "../kernels/testing.ts";
import { presetTuning } from "../kernels/tuning.ts";
import { architectureOf } from "../models/architectures.ts";
import {
  seededFile,
  seededUniform,
  seededWeightFile,
} from "../models/testing.ts";
import { temporaryFolder } from "../src/bytes/temporary_folder_testing.ts";
import { resolveModel } from "../src/features/mod.ts";
import { networkOf, type NetworkRecord } from "../src/run/network.ts";
import { plainHead } from "../src/run/run_record.ts";
import { openStore } from "../src/store/mod.ts";
import { planGraphStep, StepRunner } from "../src/train/planned_step.ts";
import {
  buildTrainingStep,
  fixedRows,
  predictNetwork,
  readState,
  resolveRecipe,
  type Tensors,
  trainableOf,
  updateSchedule,
  writeInitialValues,
} from "../src/train/mod.ts";
import golden from "./golden/finetune.json" with { type: "json" };

const { classes, batch, batches, size, rate } = golden;
const features = size * size * 3;
const rows = Float32Array.from(
  seededUniform("photos 7", batches * batch * features),
  (u) => Math.floor((u + 1) * 128),
);
const labels = Uint32Array.from(
  { length: batches * batch },
  (_, row) => row * 3 % classes,
);

/** The classifier of a file of torch's as a run's head. */
function headOf(file: ReturnType<typeof seededFile>): Tensors {
  const kernel = file.get("fc.weight")?.values() ?? new Float32Array();
  const bias = file.get("fc.bias")?.values() ?? new Float32Array();
  const width = kernel.length / classes;
  const data = Float32Array.from(
    kernel,
    (_, at) => kernel[at % classes * width + Math.floor(at / classes)],
  );
  return {
    "head/logits/kernel": { shape: [width, classes], data },
    "head/logits/bias": { shape: [classes], data: bias },
  };
}

Deno.test("a file of torchvision's weights is trained as PyTorch trains it, batch norms and their averages too", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("resnet18.safetensors");
  const file = seededFile(architectureOf("torchvision/resnet18"), classes);
  await Deno.writeFile(path, seededWeightFile(file));
  const { model } = await resolveModel({ model: path, inputSize: size }, {
    store: openStore("/no/such/home"),
  });
  const { recipe } = resolveRecipe("default", {
    target: "finetune",
    trainRows: batch,
    overrides: { batch },
  });
  const record: NetworkRecord = {
    network: { ...plainHead, mode: "finetune", base: { kind: "weights" } },
    loss: "softmax",
    labels: Array.from({ length: classes }, (_, label) => `${label}`),
    width: features,
    recipe,
    settings: { data: "", isBottlenecks: false, seed: 0, exif: true },
  };
  const graph = networkOf(record, { model, values: headOf(file) });
  const steps = golden.losses.length;
  const step = buildTrainingStep(graph, {
    logits: graph.outputs[0],
    variables: trainableOf(graph),
    loss: { kind: "softmax" },
    update: { rule: "sgd", secondShare: 0, penalty: 0 },
    dataRows: batches * batch,
    steps,
  });
  const session = await testSession();
  const runner = await StepRunner.load(
    session,
    planGraphStep(graph, { step, tuning: presetTuning(session.adapter) }),
  );
  await writeInitialValues(session, step.graph);
  await session.write(runner.planned.buffers.data, rows);
  const places = Uint32Array.from(
    { length: steps * batch },
    (_, at) => at % (batches * batch),
  );
  const told = await runner.run({
    count: steps,
    places,
    labels: places.map((place) => labels[place]),
    schedule: updateSchedule(
      {
        ...{ optimizer: "sgd", schedule: "constant" },
        ...{ rate, steps, weightDecay: 0 },
      },
      { first: 0, count: steps },
    ),
  });
  for (const [at, { loss }] of told.entries()) {
    const distance = Math.abs(loss / golden.losses[at] - 1);
    ok(distance <= 2 * golden.distances.losses, `step ${at}: ${loss}`);
  }
  const values = await readState(session, runner.planned.variables);
  await runner.close();
  const probabilities = await predictNetwork(session, {
    network: networkOf(record, { model, values }),
    rows: fixedRows({
      rows: rows.subarray(0, batch * features),
      features,
      labels: labels.subarray(0, batch),
    }),
    loss: "softmax",
  });
  const expected = golden.probabilities;
  const distance =
    Math.hypot(...expected.map((value, at) => probabilities[at] - value)) /
    Math.hypot(...expected);
  ok(distance <= 2 * golden.distances.probabilities, `${distance}`);
});
