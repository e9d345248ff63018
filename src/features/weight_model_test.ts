import { deepStrictEqual, match, ok, rejects, strictEqual } from "@std/assert";
import { testSession } from "../../kernels/testing.ts";
import { architectureOf } from "../../models/architectures.ts";
import {
  seededFile,
  seededImages,
  seededWeightFile,
} from "../../models/testing.ts";
import golden from "../../tests/golden/architectures.json" with {
  type: "json",
};
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { sha256 } from "../bytes/mod.ts";
import { importGraph, outputNames } from "../graph/mod.ts";
import { optimise } from "../passes/mod.ts";
import { runOnGpu } from "../plan/testing.ts";
import { openStore } from "../store/mod.ts";
import { resolveModel } from "./resolve.ts";
import { readWeightModel } from "./weight_model.ts";

const store = openStore("/no/such/home");

/** Pads that are no SAME around a maximum and around convolutions, a head of one, and Keras's names. */
const goldens = [
  "torchvision/resnet18",
  "ml-illustrated/efficientnet-lite0",
  "timm/mobilenetv3_large_100",
  "keras/mobilenet_0.25",
] as const satisfies readonly (keyof typeof golden)[];

for (const id of goldens) {
  Deno.test(`readWeightModel() of ${id} makes a frozen graph with its framework's logits`, async () => {
    const { size, logits } = golden[id];
    const file = seededWeightFile(
      seededFile(architectureOf(id), logits.length),
    );
    const path = "/nowhere/net.safetensors";
    const model = await readWeightModel(file, { path, architecture: id });
    const graphDef = model.graphDef(size);
    const outputs = outputNames(graphDef);
    strictEqual(outputs.length, 1);
    const graph = optimise(importGraph(graphDef, {
      outputs,
      inputs: { images: [1, size, size, 3] },
    }));
    const images = seededImages(size);
    const session = await testSession();
    const [values] = await runOnGpu(session, graph, { images });
    const distance = Math.hypot(...logits.map((x, at) => x - values[at]));
    const share = distance / Math.hypot(...logits);
    ok(share <= 1e-5, `relative L2 ${share}`);
  });
}

/** Writes seeded weights of a network into a folder; gives the path. */
async function written(
  folder: { join(name: string): string },
  { id, classes = 0 }: { id: string; classes?: number },
): Promise<string> {
  const path = folder.join("net.safetensors");
  const file = seededWeightFile(seededFile(architectureOf(id), classes));
  await Deno.writeFile(path, file);
  return path;
}

Deno.test("resolveModel() takes size, scaling and order of pixels from the network that a file's weights are of", async () => {
  await using folder = await temporaryFolder();
  const path = await written(folder, { id: "torchvision/resnet18" });
  const { model, ...facts } = await resolveModel({ model: path }, { store });
  deepStrictEqual(facts, {
    name: "net.safetensors",
    path,
    sha256: sha256(await Deno.readFile(path)),
    weights: { format: "safetensors", architecture: "torchvision/resnet18" },
  });
  deepStrictEqual(model.preprocessing, {
    kind: "resize",
    size: 224,
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
  });
  strictEqual(model.bottleneckTensor, "avgpool:0");
  strictEqual(model.width, 512);
  match(model.notes[0], /ResNet-18 of torchvision, without its classifier/);

  const said = await resolveModel(
    { model: path, inputSize: 65, mean: 0, channelOrder: "bgr" },
    { store },
  );
  deepStrictEqual(said.model.preprocessing, {
    kind: "resize",
    size: 65,
    mean: 0,
    std: [58.395, 57.12, 57.375],
    channelOrder: "bgr",
  });
});

Deno.test("resolveModel() feeds blue first where the network does, unless told", async () => {
  await using folder = await temporaryFolder();
  const path = await written(folder, { id: "keras/resnet50" });
  const options = { model: path, inputSize: 64 };
  const orderOf = async (channelOrder?: "rgb") => {
    const request = { ...options, channelOrder };
    const { model } = await resolveModel(request, { store });
    const { preprocessing } = model;
    if (preprocessing.kind !== "resize") throw new Error("no resize");
    return preprocessing.channelOrder ?? "rgb";
  };
  deepStrictEqual([await orderOf(), await orderOf("rgb")], ["bgr", "rgb"]);
});

Deno.test("resolveModel() is told by a config.json beside the file which of two networks its weights are of", async () => {
  await using folder = await temporaryFolder();
  const id = "timm/efficientnet_lite0";
  const path = await written(folder, { id, classes: 3 });
  const options = { model: path, inputSize: 32 };
  await rejects(
    resolveModel(options, { store }),
    /lay its config\.json beside/,
  );
  await Deno.writeTextFile(
    folder.join("config.json"),
    '{"architecture": "tf_efficientnet_lite0"}',
  );
  const { weights } = await resolveModel(options, { store });
  strictEqual(weights?.architecture, "timm/tf_efficientnet_lite0");
  const known = await resolveModel({ ...options, architecture: id }, { store });
  strictEqual(known.weights?.architecture, id);
});

Deno.test("resolveModel() says what is wrong with a file of weights, by its path", async () => {
  await using folder = await temporaryFolder();
  const path = await written(folder, { id: "keras/mobilenet_0.25" });
  const refusal = async (bytes: Uint8Array) => {
    await Deno.writeFile(path, bytes);
    let said = "";
    await rejects(resolveModel({ model: path }, { store }), (error: Error) => {
      said = error.message;
      return true;
    });
    ok(said.startsWith(`"${path}"`), said);
    return said;
  };
  const whole = await Deno.readFile(path);
  match(await refusal(whole.subarray(0, -4)), /truncated|beyond|bytes/);
  match(
    await refusal(seededWeightFile(
      new Map([["encoder/kernel", {
        shape: [2, 2],
        values: () => new Float32Array(4),
      }]]),
    )),
    /weights of no network that is known/,
  );
  match(await refusal(Uint8Array.of(1, 2, 3)), /download it again/);
});
