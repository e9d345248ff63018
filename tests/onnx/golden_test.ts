/**
 * Networks as torchvision and Keras export them, against onnxruntime.
 *
 * @module
 */
import { deepStrictEqual, ok } from "@std/assert";
import { seededUniform, seededValues } from "../../models/testing.ts";
import { openSession } from "../../src/gpu/mod.ts";
import {
  elementCount,
  frozenGraph,
  type Graph,
  importGraph,
  nodeNameOf,
  tensorOf,
} from "../../src/graph/mod.ts";
import {
  decodeOnnx,
  encodeOnnx,
  importOnnx,
  type OnnxModel,
  type OnnxTensor,
  onnxTypes,
} from "../../src/onnx/mod.ts";
import { liftBatch, optimise } from "../../src/passes/mod.ts";
import { planGraph } from "../../src/plan/mod.ts";
import { runOnGpu } from "../../src/plan/testing.ts";
import { openOnnx } from "../../src/features/onnx_model.ts";
import { planTraining } from "../../src/run/mod.ts";
import golden from "../golden/onnx.json" with { type: "json" };

/** Fewer values are numbers of a network itself, and are in its file. */
const leastWeights = 17;

/** A network without its weights, of which a name tells each. */
async function readNetwork(name: string): Promise<OnnxModel> {
  const file = await Deno.readFile(
    new URL(`../golden/onnx/${name}.onnx.gz`, import.meta.url),
  );
  const unpacked = new Blob([file]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  const model = decodeOnnx(await new Response(unpacked).bytes());
  const { graph } = model;
  return {
    ...model,
    graph: { ...graph, initializers: graph.initializers.map(withValues) },
  };
}

function withValues(tensor: OnnxTensor): OnnxTensor {
  const { name, shape, type } = tensor;
  const isWeight = type === onnxTypes.float &&
    elementCount(shape) >= leastWeights;
  if (!isWeight) return tensor;
  return { ...tensor, raw: new Uint8Array(seededValues(name, shape).buffer) };
}

/** How far values are from others, as a share of their length. */
function distance(values: Float32Array, wanted: readonly number[]): number {
  const length = (all: readonly number[]) => Math.hypot(...all);
  return length(wanted.map((value, at) => values[at] - value)) / length(wanted);
}

Deno.test("networks of torchvision and Keras give onnxruntime's scores, images last or first", async (t) => {
  const session = await openSession();
  for (const [name, { shape, scores }] of Object.entries(golden)) {
    await t.step(name, async () => {
      const model = await readNetwork(name);
      const imported = importOnnx(model);
      const graph = optimise(imported);
      const data = seededUniform("images", elementCount(shape));
      const x = Float32Array.from(data, (value) => 2 * value);
      const [input] = graph.inputs;
      const [values] = await runOnGpu(session, graph, { [input]: x });
      const far = distance(values, scores);
      const most = /convnext|vit/.test(name) ? 1e-4 : 1e-5;
      ok(far <= most, `${far} from onnxruntime's`);
      // No image is moved but the one that is fed.
      const last = optimise(importOnnx(model, { channelsLast: true }));
      const turned = last.nodes.filter(({ op }) => op === "transpose");
      if (!name.startsWith("vit")) deepStrictEqual(turned, []);
      const two = Float32Array.of(...x, ...x);
      const both = optimise(liftBatch(imported, 2));
      const [pair] = await runOnGpu(session, both, { [input]: two });
      deepStrictEqual(pair.slice(0, scores.length), values);
      deepStrictEqual(pair.slice(scores.length), values);
    });
  }
  await session.close();
});

/** Networks that are written as frozen graphs with borders of their own. */
const bordered = ["resnet50", "resnext50", "mobilenet_v2"] as const;

Deno.test("a frozen graph of PyTorch's networks is the same dispatches as their files", async () => {
  for (const name of bordered) {
    const imported = importOnnx(await readNetwork(name), {
      channelsLast: true,
    });
    const frozen = frozenGraph(imported);
    ok(frozen.nodes.some(({ op }) => op.startsWith("Pad")), name);
    const graph = importGraph(frozen, {
      outputs: imported.outputs.map((output) => `${nodeNameOf(output)}:0`),
      inputs: Object.fromEntries(imported.inputs.map((input) => [
        nodeNameOf(input),
        tensorOf(imported, input).shape,
      ])),
    });
    deepStrictEqual(dispatchesOf(graph), dispatchesOf(imported), name);
  }
});

/** What a network runs, names aside. */
function dispatchesOf(graph: Graph) {
  const { program } = planGraph(optimise(graph), { label: "images" });
  return program.steps.map(({ label: _, ...dispatch }) => dispatch);
}

Deno.test("what is written of a network is read as it was, and runs to the same bits", async () => {
  const model = await readNetwork("squeezenet1_0");
  const again = decodeOnnx(encodeOnnx(model));
  deepStrictEqual(again, model);
});

Deno.test("networks of every family can be trained from ONNX, to the first layer", async () => {
  const names = Object.keys(golden).filter((name) => !name.endsWith("_dynamo"));
  for (const name of names) {
    const model = openOnnx(await readNetwork(name), { mean: 0, std: 1 });
    const training = { batch: 2, classes: 3, optimizer: "sgd" } as const;
    const { layers } = planTraining(model, training);
    const resting = layers.filter(({ isTrained }) => !isTrained);
    deepStrictEqual(resting, [], name);
  }
});
