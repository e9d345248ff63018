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
import { type ModelRequest, resolveModel } from "./resolve.ts";
import { placeholderGraph } from "./testing.ts";
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
    resampling: { filter: "bilinear", shorterSide: 256 },
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
    resampling: { filter: "bilinear", shorterSide: 74 },
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
    /--architecture .+ or lay timm's config\.json beside/,
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

Deno.test("resolveModel() takes pictures as the flags say, else the file beside the weights, else the network's framework", async () => {
  await using folder = await temporaryFolder();
  const path = await written(folder, { id: "torchvision/resnet18" });
  const config = {
    architecture: "resnet18",
    pretrained_cfg: {
      input_size: [3, 96, 96],
      mean: [0.5, 0.5, 0.5],
      interpolation: "lanczos",
      crop_pct: 0.95,
    },
  };
  await Deno.writeTextFile(folder.join("config.json"), JSON.stringify(config));
  const opened = async (request: ModelRequest) => {
    const { model } = await resolveModel({ model: path, ...request }, {
      store,
    });
    return [model.preprocessing, model.notes.join("\n")] as const;
  };
  await rejects(
    opened({}),
    /config\.json says interpolation "lanczos".+--interpolation/,
  );
  const [preprocessing, notes] = await opened({ interpolation: "bicubic" });
  deepStrictEqual(preprocessing, {
    kind: "resize",
    size: 96,
    mean: [127.5, 127.5, 127.5],
    std: [58.395, 57.12, 57.375],
    resampling: { filter: "bicubic", shorterSide: 101 },
  });
  match(
    notes,
    /pictures: their shorter side made 101, the middle 96x96 taken \(bicubic\), \(pixel - 127\.5,127\.5,127\.5\) \/ 58\.395,57\.12,57\.375, as the flags, then config\.json beside the weights, then ResNet-18 of torchvision have it/,
  );
  const fits = [
    [{ interpolation: "tensorflow" }, undefined],
    [{ cropMode: "squash", interpolation: "bilinear" }, {
      filter: "bilinear",
    }],
    [{ cropPct: 0.5, interpolation: "bilinear", inputSize: 64 }, {
      filter: "bilinear",
      shorterSide: 128,
    }],
  ] as const;
  for (const [request, resampling] of fits) {
    const [preprocessing] = await opened(request);
    const found = preprocessing.kind === "resize" && preprocessing.resampling;
    deepStrictEqual(found, resampling);
  }
});

Deno.test("resolveModel() asks no file beside the weights of a run how its pictures are made", async () => {
  await using folder = await temporaryFolder();
  const path = await written(folder, { id: "torchvision/resnet18" });
  await Deno.writeTextFile(
    folder.join("config.json"),
    '{"architecture": "resnet18", "mean": "damaged"}',
  );
  const recorded = {
    inputSize: 64,
    mean: 1,
    std: 2,
    channelOrder: "rgb",
    resampling: "tensorflow",
  } as const;
  const { model } = await resolveModel(
    { model: path, ...recorded },
    { store },
  );
  deepStrictEqual(model.preprocessing, {
    kind: "resize",
    size: 64,
    mean: 1,
    std: 2,
  });
});

Deno.test("resolveModel() passes over a config.json of another network", async () => {
  await using folder = await temporaryFolder();
  const path = await written(folder, { id: "torchvision/resnet18" });
  await Deno.writeTextFile(
    folder.join("config.json"),
    '{"architecture": "mobilenetv2_100", "mean": [0.1, 0.1, 0.1]}',
  );
  const { model } = await resolveModel({ model: path }, { store });
  const { preprocessing } = model;
  if (preprocessing.kind !== "resize") throw new Error("no resize");
  deepStrictEqual(preprocessing.mean, [123.675, 116.28, 103.53]);
  match(model.notes.join("\n"), /is of mobilenetv2_100, and is passed over/);
});

Deno.test("resolveModel() refuses an --architecture that decides nothing or is none", async () => {
  await using folder = await temporaryFolder();
  const path = await written(folder, { id: "torchvision/resnet18" });
  const refused = (request: ModelRequest, message: RegExp) =>
    rejects(resolveModel({ model: path, ...request }, { store }), message);
  await refused(
    { architecture: "torchvison/resnet18" },
    /is no network .+\. Did you mean torchvision\/resnet18\?/,
  );
  await refused({ architecture: "resnet34" }, /nearest to ResNet-34/);
  const graph = folder.join("net.pb");
  await Deno.writeFile(graph, placeholderGraph());
  await refused(
    { model: graph, architecture: "resnet18" },
    /is a frozen graph, and not weights of resnet18: .+--architecture/,
  );
});
