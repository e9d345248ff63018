import { ok } from "@std/assert";
import { testSession } from "../kernels/testing.ts";
import { presetTuning } from "../kernels/tuning.ts";
import { elementCount, tensorOf } from "../src/graph/ir.ts";
import { planGraphStep, StepRunner } from "../src/train/planned_step.ts";
import { buildTrainingStep } from "../src/train/training_step.ts";
import { trainableOf, writeInitialValues } from "../src/train/variables.ts";
import golden from "../tests/golden/architecture_gradients.json" with {
  type: "json",
};
import { weightSlots } from "./architecture.ts";
import { architectureOf } from "./architectures.ts";
import { type FileTensors, recogniseWeights } from "./recognise.ts";
import { seededFile, seededImages, seededUniform } from "./testing.ts";

const { classes, batch, size, networks } = golden;

/** The places of a tensor, in the file's order, whose gradients are kept. */
function placesIn(name: string, count: number, length: number): number[] {
  return Array.from(
    seededUniform(`places in ${name}`, count),
    (u) => Math.floor((u + 1) / 2 * length),
  );
}

/** Batch norms that put a channel near 3 or near -3, far from the corners at 0 and 6. */
function keptApart(tensors: FileTensors): FileTensors {
  return new Map(Array.from(tensors, ([name, tensor]) => {
    const isNorm = /(?<!^classifier.*)\.(weight|bias)$/.test(name) &&
      tensor.shape.length === 1;
    const of = (u: number) =>
      name.endsWith("bias") ? 3 * Math.sign(u) + u / 4 : 0.25 + u / 16;
    const values = () =>
      Float32Array.from(seededUniform(name, tensor.shape[0]), of);
    return [name, isNorm ? { ...tensor, values } : tensor];
  }));
}

for (const [id, { loss, distance, gradients }] of Object.entries(networks)) {
  Deno.test(`the gradients of ${id} in training are as near to float64 as its framework's`, async () => {
    const architecture = architectureOf(id);
    const seeded = seededFile(architecture, classes);
    const tensors = id === "torchvision/mobilenet_v2"
      ? keptApart(seeded)
      : seeded;
    const { build } = recogniseWeights(tensors, { source: "file" });
    const { graph } = build({ batch, size, as: "variables" });
    const step = buildTrainingStep(graph, {
      logits: graph.outputs[0],
      variables: trainableOf(graph),
      loss: { kind: "softmax" },
      update: { rule: "sgd", secondShare: 0, penalty: 0 },
      dataRows: batch,
      steps: 1,
      keepGradients: true,
    });
    const session = await testSession();
    const runner = await StepRunner.load(
      session,
      planGraphStep(graph, { step, tuning: presetTuning(session.adapter) }),
    );
    await writeInitialValues(session, step.graph);
    await session.write(
      runner.planned.buffers.data,
      seededImages(size, { batch, name: "images10" }),
    );
    const [first] = await runner.run({
      count: 1,
      places: Uint32Array.from({ length: batch }, (_, row) => row),
      labels: Uint32Array.from(
        { length: batch },
        (_, row) => row * 3 % classes,
      ),
      schedule: new Float32Array(4),
    });
    ok(Math.abs(first.loss - loss) <= 1e-5 * loss, `${first.loss}, ${loss}`);
    const exact = new Map(Object.entries(gradients));
    const shares: number[] = [];
    for (const slot of weightSlots(architecture, graph)) {
      const expected = exact.get(slot.name);
      const gradient = step.gradients.get(slot.tensor);
      if (!expected || gradient === undefined) continue;
      const length = elementCount(tensorOf(graph, slot.tensor).shape);
      const buffer = await session.read(gradient, length * 4);
      const values = slot.toFile(new Float32Array(buffer));
      const places = placesIn(slot.name, expected.length, length);
      const error = Math.hypot(
        ...expected.map((value, at) => values[places[at]] - value),
      );
      shares.push((error / Math.hypot(...expected)) ** 2);
    }
    await runner.close();
    ok(shares.length === exact.size, `${shares.length} of ${exact.size}`);
    const found = Math.sqrt(
      shares.reduce((sum, share) => sum + share, 0) / shares.length,
    );
    ok(found <= 2 * distance, `${found}, the framework ${distance}`);
  });
}
