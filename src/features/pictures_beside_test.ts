import { deepStrictEqual, match, rejects, strictEqual } from "@std/assert";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { picturesBeside } from "./pictures_beside.ts";

/** What is said beside weights that lie with these files. */
async function said(files: Readonly<Record<string, unknown>>) {
  await using folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string"
      ? content
      : JSON.stringify(content);
    await Deno.writeTextFile(folder.join(name), text);
  }
  const beside = await picturesBeside(folder.join("model.safetensors"), {
    of: "weights",
  });
  const text = JSON.stringify(beside).replaceAll(`${folder.join("")}`, "");
  const plain: typeof beside = JSON.parse(text);
  return plain;
}

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const scaled = {
  mean: { value: [123.675, 116.28, 103.53] },
  std: { value: [58.395, 57.12, 57.375] },
};

/** As timm uploads it. */
const timmConfig = {
  architecture: "resnet50",
  num_classes: 1000,
  pretrained_cfg: {
    tag: "a1_in1k",
    input_size: [3, 224, 224],
    test_input_size: [3, 288, 288],
    interpolation: "bicubic",
    crop_pct: 0.95,
    test_crop_pct: 1,
    crop_mode: "center",
    ...imagenet,
  },
};
const timmSaid = {
  inputSize: { value: 224 },
  ...scaled,
  interpolation: { value: "bicubic" },
  crop: { value: { kept: 0.95, of: 1 } },
};

Deno.test("picturesBeside() reads beside timm's words what timm has none for, while these are as they were written", async () => {
  const { pretrained_cfg } = timmConfig;
  const saidBy = async (
    changes: Readonly<Record<string, unknown>>,
    espalier: Readonly<Record<string, unknown>> = {
      interpolation: "tensorflow",
      channel_order: "bgr",
    },
  ) => {
    const written = {
      ...{ interpolation: "bilinear", crop_mode: "squash", crop_pct: 1 },
      ...changes,
    };
    const { said: { interpolation, channelOrder } } = await said({
      "config.json": {
        ...{ ...timmConfig, espalier },
        pretrained_cfg: { ...pretrained_cfg, ...written },
      },
    });
    return [interpolation, channelOrder];
  };
  deepStrictEqual(await saidBy({}), [{ value: "tensorflow" }, "bgr"]);
  deepStrictEqual(await saidBy({ interpolation: "bicubic" }), [
    ...[{ value: "bicubic" }, "bgr"],
  ]);
  deepStrictEqual(await saidBy({ crop_mode: "center" }), [
    ...[{ value: "bilinear" }, "bgr"],
  ]);
  await rejects(() => saidBy({}, { interpolation: "nearest" }), /espalier/);
});

Deno.test("picturesBeside() reads timm's config.json, also in its older forms", async () => {
  const { pretrained_cfg, ...rest } = timmConfig;
  const forms = [
    timmConfig,
    { ...rest, default_cfg: pretrained_cfg },
    { ...rest, ...pretrained_cfg },
  ];
  for (const form of forms) {
    deepStrictEqual(await said({ "config.json": form }), {
      said: { architecture: "resnet50", ...timmSaid },
      file: "config.json",
      notes: [],
    });
  }
  deepStrictEqual(await said({ "config.json": rest }), {
    said: { architecture: "resnet50" },
    notes: [],
  });
});

/** As transformers writes it. */
const processor = {
  image_processor_type: "BitImageProcessor",
  do_resize: true,
  size: { shortest_edge: 256 },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: 224, width: 224 },
  do_rescale: true,
  rescale_factor: 0.00392156862745098,
  do_normalize: true,
  image_mean: imagenet.mean,
  image_std: imagenet.std,
};

Deno.test("picturesBeside() reads Hugging Face's preprocessor_config.json", async () => {
  const of = async (config: unknown) =>
    (await said({ "preprocessor_config.json": config })).said;
  deepStrictEqual(await of(processor), {
    ...scaled,
    interpolation: { value: "bicubic" },
    inputSize: { value: 224 },
    crop: { value: { kept: 224, of: 256 } },
  });
  const sizes = [
    // Squashed, as by ViT's.
    [{ size: 224 }, 224, "squash"],
    [{ size: { height: 96, width: 96 } }, 96, "squash"],
    // As by ResNet's, which is ConvNext's.
    [{ size: 224, crop_pct: 0.875 }, 224, { kept: 224, of: 256 }],
    [{ size: { shortest_edge: 288 }, crop_pct: 0.95 }, 288, {
      kept: 288,
      of: 303,
    }],
    [{ size: { shortest_edge: 384 }, crop_pct: 0.875 }, 384, "squash"],
    [
      { size: 224, feature_extractor_type: "ConvNextFeatureExtractor" },
      ...[224, { kept: 224, of: 256 }],
    ],
    // As by CLIP's.
    [
      { size: 224, do_center_crop: true, crop_size: 224 },
      ...[224, { kept: 224, of: 224 }],
    ],
  ] as const;
  for (const [config, size, crop] of sizes) {
    deepStrictEqual(await of(config), {
      inputSize: { value: size },
      crop: { value: crop },
    });
  }
});

Deno.test("picturesBeside() takes what Hugging Face scales as numbers for pixels of 0 to 255", async () => {
  const of = async (config: unknown) => {
    const { mean, std, channelOrder } =
      (await said({ "preprocessor_config.json": config })).said;
    return [mean, std, channelOrder];
  };
  const value = (...list: number[]) => ({ value: list });
  const cases = [
    [{ image_mean: 0.5, image_std: 0.5 }, value(127.5), value(127.5)],
    [
      { do_rescale: false, image_mean: [127.5], image_std: [127.5] },
      ...[value(127.5), value(127.5)],
    ],
    [
      { rescale_factor: 1 / 127.5, image_mean: [1], image_std: [1] },
      ...[value(127.5), value(127.5)],
    ],
    [{ do_normalize: false, image_mean: [9] }, value(0), value(255)],
    // As MobileViT's.
    [
      { do_rescale: true, do_flip_channel_order: true },
      ...[value(0), value(255)],
      "bgr",
    ],
    [{ do_normalize: true }, undefined, undefined],
  ] as const;
  for (const [config, mean, std, order] of cases) {
    deepStrictEqual(await of(config), [mean, std, order]);
  }
});

Deno.test("picturesBeside() says which flag answers what is not done here", async () => {
  const timm = { architecture: "resnet50" };
  const cases = [
    [{ ...timm, interpolation: "lanczos" }, "interpolation", /--interpolation/],
    [{ ...timm, crop_mode: "border" }, "crop", /"border".+--crop-mode/],
    [{ ...timm, crop_mode: "squash", crop_pct: 0.9 }, "crop", /--crop-mode/],
    [{ ...timm, crop_pct: 1.5 }, "crop", /--crop-pct/],
    [{ ...timm, input_size: [3, 224, 320] }, "inputSize", /224x320.+--input-/],
    [{ ...timm, std: [1, 0, 1] }, "std", /above 0.+--std/],
    [{ ...timm, mean: [1, 2] }, "mean", /--mean/],
    [{ resample: 0 }, "interpolation", /"nearest".+--interpolation/],
    [{ do_resize: false }, "crop", /do_resize.+--crop-mode/],
    [{ size: { shortest_edge: 224 } }, "crop", /--crop-mode/],
    [{ size: { height: 224, width: 320 } }, "inputSize", /--input-size/],
    [
      { size: 256, do_center_crop: true, crop_size: 300 },
      ...["crop", /300.+256.+--crop-mode/],
    ],
    [
      { size: { height: 256, width: 256 }, crop_size: 224 },
      ...["crop", /squashed.+--crop-mode/],
    ],
    [{ rescale_offset: true, image_mean: 1 }, "mean", /--mean and --std/],
    [{ rescale_factor: 0 }, "std", /--std/],
  ] as const;
  for (const [config, key, message] of cases) {
    const name = "architecture" in config ? "config" : "preprocessor_config";
    const beside = await said({ [`${name}.json`]: config });
    const fact = { ...beside.said }[key];
    const refusal = fact && "refusal" in fact ? fact.refusal : "";
    match(refusal, message);
    match(refusal, new RegExp(`${name}\\.json says `));
  }
});

Deno.test("picturesBeside() passes over files of other tools, and says so", async () => {
  const keras = {
    "config.json": { module: "keras", class_name: "Functional" },
  };
  deepStrictEqual(await said(keras), {
    said: {},
    notes: [
      "config.json beside the weights says nothing of pictures, and is passed over",
    ],
  });
  const cut = await said({ "config.json": '{"architecture": "resnet' });
  deepStrictEqual(cut.said, {});
  match(cut.notes[0], /config\.json beside the weights is not JSON/);
  match(
    (await said({ "config.json": "[1]" })).notes[0],
    /config\.json beside the weights is not JSON of an object/,
  );
  deepStrictEqual(await said({}), { said: {}, notes: [] });
});

Deno.test("picturesBeside() believes timm before Hugging Face, and either where the other says nothing", async () => {
  const both = { "config.json": timmConfig, "preprocessor_config.json": {} };
  strictEqual((await said(both)).file, "config.json");
  const other = {
    "config.json": { architecture: "resnet50" },
    "preprocessor_config.json": processor,
  };
  const beside = await said(other);
  strictEqual(beside.file, "preprocessor_config.json");
  strictEqual(beside.said.architecture, "resnet50");
});

Deno.test("picturesBeside() names the value that cannot be meant", async () => {
  const config = { ...timmConfig, pretrained_cfg: { mean: "0.5" } };
  await rejects(
    said({ "config.json": config }),
    /config\.json: "mean" is "0\.5", expected .+; mend it, or move it away/,
  );
});
