/**
 * Files of weights: safetensors, PyTorch's, Keras's, and wheels, and the files that
 * lie beside them. What a pickle in them asks for is never done, so that nothing
 * can come of a mutant but tensors.
 *
 * @module
 */
import { ok, strictEqual } from "@std/assert";
import { unzipSync, zipSync } from "fflate";
import { parsePictures } from "../../src/features/pictures_beside.ts";
import { readWeights } from "../../src/weights/mod.ts";
import type { Change } from "./_mutants.ts";
import type { Target } from "./_targets.ts";

const folder = new URL("../golden/weights/", import.meta.url);

function files(...names: string[]): Promise<Uint8Array[]> {
  return Promise.all(
    names.map((name) => Deno.readFile(new URL(name, folder))),
  );
}

/** Every tensor has as many values as its shape says. */
async function readAll(bytes: Uint8Array): Promise<boolean> {
  const { tensors, notes } = await readWeights(bytes, { source: "a file" });
  for (const { shape, values } of tensors.values()) {
    const count = shape.reduce((product, size) => product * size, 1);
    strictEqual(values().length, count);
  }
  ok(notes.length < 4);
  return true;
}

/** What pickles are made of. */
const opcodes = [
  ...Array.from(
    "().012BCGJKMNQRTUX]abcdehjlqrstu}",
    (letter) => letter.charCodeAt(0),
  ),
  ...Array.from({ length: 0x19 }, (_, at) => 0x80 + at),
];

/** An opcode more, or another one. */
const changedOpcode: Change = (bytes, { random }) => {
  const at = random.below(bytes.length + 1);
  const changed = new Uint8Array(bytes.length + 1);
  changed.set(bytes.subarray(0, at));
  changed[at] = opcodes[random.below(opcodes.length)];
  const isMore = random.below(2) === 0;
  changed.set(bytes.subarray(isMore ? at : at + 1), at + 1);
  return isMore ? changed : changed.slice(0, -1);
};

const safetensors: Target = {
  form: "bytes",
  files: () => files("kinds.safetensors"),
  read: readAll,
};

const torch: Target = {
  form: "bytes",
  files: () => files("kinds.pth", "checkpoint.pth", "code.pth"),
  read: readAll,
};

const legacyTorch: Target = {
  form: "bytes",
  files: () =>
    files("kinds_legacy.pth", "checkpoint_legacy.pth", "code_legacy.pth"),
  change: changedOpcode,
  read: readAll,
};

/** The pickle of an archive whose checksums are right. */
const pickles: Target = {
  form: "bytes",
  async files() {
    const archives = await files(
      ...["kinds.pth", "checkpoint.pth", "whole_model.pth"],
    );
    return archives.flatMap((archive) =>
      Object.entries(unzipSync(archive))
        .filter(([name]) => name.endsWith("/data.pkl"))
        .map(([, pickle]) => pickle)
    );
  },
  change: changedOpcode,
  read(mutant) {
    const storages = Array.from(
      { length: 40 },
      (_, key) => [`a/data/${key}`, new Uint8Array(512)] as const,
    );
    const members = { "a/data.pkl": mutant, ...Object.fromEntries(storages) };
    return readAll(zipSync(members, { level: 0 }));
  },
};

const keras: Target = {
  form: "bytes",
  files: () =>
    files(
      ...["keras_2_weights.h5", "keras_2_model.h5", "keras_3.weights.h5"],
      ...["keras_3.keras", "keras_3_model.h5"],
    ),
  read: readAll,
};

const wheels: Target = {
  form: "bytes",
  async files() {
    const [net] = await files("kinds_legacy.pth");
    return ([0, 6] as const).map((level) =>
      zipSync({ "net/net.pth": net, "net-1.dist-info/RECORD": net }, { level })
    );
  },
  read: readAll,
};

/** By name. */
/** What timm and Hugging Face write beside weights. */
const besides: Target = {
  form: "json",
  files: () =>
    [
      {
        architecture: "resnet18",
        pretrained_cfg: {
          ...{ input_size: [3, 224, 224], mean: [0.5], std: [0.5, 0.5, 0.5] },
          ...{ interpolation: "bicubic", crop_pct: 0.95, crop_mode: "center" },
        },
      },
      {
        ...{ size: { shortest_edge: 256 }, resample: 3, do_center_crop: true },
        ...{ crop_size: { height: 224, width: 224 }, rescale_factor: 1 / 255 },
        ...{ image_mean: [0.5, 0.5, 0.5], image_std: 0.5, crop_pct: 0.875 },
      },
    ].map((config) => new TextEncoder().encode(JSON.stringify(config))),
  read(mutant) {
    const names = ["config.json", "preprocessor_config.json"] as const;
    for (const name of names) {
      const said = parsePictures(new TextDecoder().decode(mutant), {
        name,
        where: name,
      });
      if (typeof said === "string") continue;
      const { inputSize, crop, std } = said;
      const size = inputSize && "value" in inputSize ? inputSize.value : 1;
      ok(Number.isInteger(size) && size >= 1);
      if (std && "value" in std) ok(std.value.every((value) => value > 0));
      const part = crop && "value" in crop ? crop.value : "squash";
      if (part !== "squash") ok(part.kept > 0 && part.kept <= part.of);
    }
    return true;
  },
};

export const weightTargets = {
  "weights, pictures": besides,
  "weights, safetensors": safetensors,
  "weights, torch": torch,
  "weights, old torch": legacyTorch,
  "weights, pickle": pickles,
  "weights, keras": keras,
  "weights, wheel": wheels,
} as const satisfies Readonly<Record<string, Target>>;
