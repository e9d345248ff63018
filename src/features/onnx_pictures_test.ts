import { deepStrictEqual, match, rejects, strictEqual } from "@std/assert";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { InputError } from "../errors.ts";
import { encodeOnnx } from "../onnx/mod.ts";
import { onnxNetwork } from "../onnx/testing.ts";
import { openStore } from "../store/mod.ts";
import { type ModelRequest, resolveModel } from "./resolve.ts";

const store = openStore("/no/such/home");

/** How pictures become the input of a model that lies with these files, and what the notes say. */
async function opened(
  files: Readonly<Record<string, string>>,
  { path = "net.onnx", metadata = {}, ...request }: ModelRequest & {
    readonly path?: string;
    readonly metadata?: Readonly<Record<string, string>>;
  } = {},
) {
  await using folder = await temporaryFolder();
  await Deno.mkdir(folder.join("onnx"));
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(folder.join(name), text);
  }
  const network = {
    ...onnxNetwork(),
    metadata: new Map(Object.entries(metadata)),
  };
  const model = folder.join(path);
  await Deno.writeFile(model, encodeOnnx(network));
  const resolved = await resolveModel({ ...request, model }, { store });
  const { preprocessing, notes } = resolved.model;
  return { preprocessing, notes: notes.join("\n") };
}

const timm = JSON.stringify({
  architecture: "anything",
  pretrained_cfg: {
    ...{ input_size: [3, 96, 96], mean: [0.5, 0.5, 0.5], std: [1, 1, 1] },
    ...{ interpolation: "bicubic", crop_pct: 0.5 },
  },
});

const processor = JSON.stringify({
  ...{ size: { height: 8, width: 8 }, resample: 2, do_rescale: true },
  ...{ image_mean: [0.2, 0.2, 0.2], image_std: [0.5, 0.5, 0.5] },
});

Deno.test("an ONNX model takes pictures as the flags say, else the file beside it, at its own size", async () => {
  const { preprocessing, notes } = await opened({ "config.json": timm });
  const scaled = { mean: [127.5, 127.5, 127.5], std: [255, 255, 255] };
  const cut = { filter: "bicubic", shorterSide: 16 } as const;
  deepStrictEqual(preprocessing, {
    ...{ kind: "resize", size: 8, ...scaled, resampling: cut },
  });
  match(notes, /the middle 8x8 taken.+as config\.json beside the model has it/);
  const flagged = await opened({ "config.json": timm }, {
    ...{ mean: 1, cropMode: "squash" },
  });
  deepStrictEqual(flagged.preprocessing, {
    ...{ kind: "resize", size: 8, mean: 1, std: scaled.std },
    resampling: { filter: "bicubic" },
  });
  match(flagged.notes, /as the flags, then config\.json beside the model have/);
});

Deno.test("an ONNX model in a folder onnx takes what lies above it", async () => {
  const files = { "config.json": "{}", "preprocessor_config.json": processor };
  const { preprocessing, notes } = await opened(files, {
    path: "onnx/model.onnx",
  });
  deepStrictEqual(preprocessing, {
    ...{ kind: "resize", size: 8, mean: [51, 51, 51] },
    ...{ std: [127.5, 127.5, 127.5], resampling: { filter: "bilinear" } },
  });
  match(notes, /config\.json beside the model says nothing of pictures/);
  match(notes, /preprocessor_config\.json above the folder onnx has it/);
  const nearer = await opened({ ...files, "onnx/config.json": timm }, {
    path: "onnx/model.onnx",
  });
  match(nearer.notes, /as config\.json beside the model has it/);
  const elsewhere = await opened({ "onnx/config.json": timm });
  match(elsewhere.notes, /as PyTorch's networks for ImageNet take them/);
});

/** What an export writes. */
function exported(changes: object = {}): Record<string, string> {
  const resize = {
    ...{ height: 8, width: 8, alignCorners: false, halfPixelCenters: false },
    ...{ dctMethod: "INTEGER_ACCURATE", ...changes },
  };
  return { espalier: "0.1.0", resize: JSON.stringify(resize) };
}

Deno.test("an ONNX model that was exported here is fed as its run's was, whatever lies beside it", async () => {
  const pixels = { kind: "resize", size: 8, mean: [0], std: [1] } as const;
  const single = { ...pixels, mean: 0, std: 1 };
  for (
    const resampling of [
      { filter: "bilinear" },
      { filter: "bicubic", shorterSide: 9 },
    ]
  ) {
    const { preprocessing, notes } = await opened({ "config.json": timm }, {
      metadata: exported({ resampling }),
    });
    deepStrictEqual(preprocessing, { ...single, resampling });
    match(notes, /as the model's own metadata has it/);
  }
  const plain = await opened({ "config.json": timm }, { metadata: exported() });
  deepStrictEqual(plain.preprocessing, single);
  const fast = await opened({}, {
    metadata: exported({ dctMethod: "INTEGER_FAST", alignCorners: true }),
  });
  match(fast.notes, /aligns corners.+differ a little/);
  match(fast.notes, /decodes JPEGs the fast way/);
  await rejects(
    opened({}, { metadata: exported({ height: -1 }) }),
    (error: Error) =>
      error instanceof InputError &&
      /metadata of ".+net\.onnx": "height" is -1.+export the run again/
        .test(error.message),
  );
});

Deno.test("an ONNX model of a run is asked nothing, nor is what lies beside it", async () => {
  const { preprocessing, notes } = await opened({ "config.json": "{" }, {
    ...{ inputSize: 8, mean: 3, std: 2, channelOrder: "rgb" },
    ...{ resampling: "tensorflow", bottleneckTensor: "pooled:0" },
    metadata: { espalier: "0.1.0", resize: "damaged" },
  });
  deepStrictEqual(preprocessing, { kind: "resize", size: 8, mean: 3, std: 2 });
  strictEqual(notes, "");
});
