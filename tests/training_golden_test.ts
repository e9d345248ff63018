import { ok } from "@std/assert";
import { assertAllClose, testSession, testValues } from "../kernels/testing.ts";
import { presetTuning } from "../kernels/tuning.ts";
import {
  decodeGraphDef,
  elementCount,
  type Graph,
  importGraph,
  tensorOf,
} from "../src/graph/mod.ts";
import { forwardPasses, liftBatch, optimise } from "../src/passes/mod.ts";
import {
  buildTrainingStep,
  toVariables,
  trainableOf,
  weightsOf,
  writeInitialValues,
} from "../src/train/mod.ts";
import { planGraphStep, StepRunner } from "../src/train/planned_step.ts";
import golden from "./golden/branches.json" with { type: "json" };

const [batch, size, classes] = [3, 11, 4];

/** The frozen graph of `branches.py` with its folded weights as variables. */
function network(): Graph {
  const bytes = Uint8Array.from(
    atob(golden.graph),
    (char) => char.charCodeAt(0),
  );
  const imported = importGraph(decodeGraphDef(bytes), { outputs: ["dense"] });
  const graph = optimise(liftBatch(imported, batch), {
    without: forwardPasses,
  });
  return toVariables(graph, () => true);
}

/** The weight of a layer: what its node reads after its input. */
function weightOf(graph: Graph, layer: string, part: string): string {
  const node = graph.nodes.find((candidate) =>
    candidate.name.replace(/_\d+$/, "") === layer &&
    weightsOf(candidate).length > 0
  );
  if (!node) throw new Error(`There is no layer "${layer}"`);
  return weightsOf(node)[part === "filter" ? 0 : 1];
}

Deno.test("a frozen graph with folded batch norms, branches and a residual sum has TensorFlow's loss and gradients", async () => {
  const session = await testSession();
  const graph = network();
  const step = buildTrainingStep(graph, {
    logits: graph.outputs[0],
    variables: trainableOf(graph),
    loss: { kind: "softmax" },
    update: { rule: "sgd", secondShare: 0, penalty: 0 },
    dataRows: batch,
    steps: 1,
    keepGradients: true,
  });
  const runner = await StepRunner.load(
    session,
    planGraphStep(graph, { step, tuning: presetTuning(session.adapter) }),
  );
  await writeInitialValues(session, step.graph);
  // Rows of 363 values lie 364 apart, as kernels want whole vec4s.
  const features = size * size * 3;
  const images = testValues(batch * features, 100);
  for (let row = 0; row < batch; row++) {
    const image = images.slice(row * features, (row + 1) * features);
    await session.write(
      runner.planned.buffers.data,
      image,
      row * (features + 1) * 4,
    );
  }
  const [{ loss }] = await runner.run({
    count: 1,
    places: Uint32Array.from({ length: batch }, (_, row) => row),
    labels: Uint32Array.from({ length: batch }, (_, row) => row * 2 % classes),
    schedule: new Float32Array(4),
  });
  assertAllClose([loss], [golden.loss], { absolute: 0, relative: 1e-6 });
  for (const { layer, part, values } of golden.gradients) {
    const name = weightOf(graph, layer, part);
    const gradient = step.gradients.get(name) ?? "";
    const bytes = elementCount(tensorOf(graph, name).shape) * 4;
    const actual = new Float32Array(await session.read(gradient, bytes));
    const distance = Math.hypot(...values.map((value, i) => value - actual[i]));
    const share = distance / Math.hypot(...values);
    ok(share <= 1e-5, `${layer} ${part}: relative L2 ${share}`);
  }
  await runner.close();
});
