import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { InputError } from "../errors.ts";
import { sha256 } from "../bytes/mod.ts";
import { readWeights, type WeightFile } from "./mod.ts";

const fixtures = new URL("../../tests/golden/weights/", import.meta.url);

const golden: Readonly<
  Record<string, readonly [readonly number[], readonly number[]]>
> = JSON.parse(Deno.readTextFileSync(new URL("keras.json", fixtures)));

function described({ tensors }: WeightFile): unknown {
  return Object.fromEntries(
    Array.from(tensors, ([name, { shape, values }]) => [
      name,
      [[...shape], [...values()]],
    ]),
  );
}

async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    await readWeights(bytes, { source: "a.h5" });
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error("it is taken");
}

for (
  const [name, what] of [
    ["keras_2_weights.h5", "the weights that Keras 2 wrote"],
    ["keras_2_model.h5", "a whole model with a backbone in it, packed by gzip"],
    ["keras_3_model.h5", "a whole model that Keras 3 wrote in the old form"],
    ["keras_3.weights.h5", "the numbered variables that Keras 3 writes"],
    ["keras_3.keras", "a .keras archive"],
  ]
) {
  Deno.test(`readWeights() gives ${what} by layer and role`, async () => {
    const bytes = Deno.readFileSync(new URL(name, fixtures));
    const file = await readWeights(bytes, { source: name });
    strictEqual(file.format, "keras");
    deepStrictEqual(described(file), golden);
  });
}

Deno.test("readWeights() knows the names that Keras 1 gave", async () => {
  const name = "keras_1_weights.h5";
  const bytes = Deno.readFileSync(new URL(name, fixtures));
  const file = await readWeights(bytes, { source: name });
  const layers = ["conv1", "conv1_bn", "predictions"];
  deepStrictEqual(
    described(file),
    Object.fromEntries(
      Object.entries(golden).filter(([weight]) =>
        layers.includes(weight.split("/")[0])
      ),
    ),
  );
});

Deno.test("readWeights() refuses an HDF5 file whose end is missing, with one sentence", async () => {
  const bytes = Deno.readFileSync(new URL("keras_2_weights.h5", fixtures));
  for (let length = 4; length < bytes.length; length += 331) {
    match(await refusal(bytes.subarray(0, length)), /^a\.h5: it/);
  }
});

Deno.test("jsfive is the file that its README lists", async () => {
  const folder = new URL("./jsfive/", import.meta.url);
  const text = await Deno.readTextFile(new URL("README.md", folder));
  const digest = /`jsfive\.js` \| `([0-9a-f]{64})`/.exec(text)?.[1];
  const file = await Deno.readFile(new URL("jsfive.js", folder));
  strictEqual(sha256(file), digest);
});
