import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { encodeTensors } from "../bytes/safetensors.ts";
import { InputError } from "../errors.ts";
import { readWeights } from "./mod.ts";

Deno.test("readWeights() gives a safetensors file's tensors by name, in its order", async () => {
  const file = encodeTensors({
    kind: "model",
    metadata: {},
    tensors: {
      "conv.weight": { shape: [2, 1], data: Float32Array.of(1, 2) },
      "bias": { shape: [], data: Float32Array.of(3) },
    },
  });
  const { format, tensors } = await readWeights(file, { source: "a" });
  strictEqual(format, "safetensors");
  deepStrictEqual(
    Array.from(tensors, ([name, { shape, type, values }]) => ({
      name,
      shape,
      type,
      values: [...values()],
    })),
    [
      { name: "conv.weight", shape: [2, 1], type: "f32", values: [1, 2] },
      { name: "bias", shape: [], type: "f32", values: [3] },
    ],
  );
});

Deno.test("readWeights() refuses what is no file of weights", async () => {
  const text = new TextEncoder().encode("no weights at all");
  await rejects(readWeights(text, { source: "a" }), InputError);
});

const fixtures = new URL("../../tests/golden/weights/", import.meta.url);

Deno.test("readWeights() reads each type that Hugging Face's safetensors writes, and takes the prefix off", async () => {
  const file = Deno.readFileSync(new URL("kinds.safetensors", fixtures));
  const golden: Readonly<Record<string, unknown>> = JSON.parse(
    Deno.readTextFileSync(new URL("safetensors.json", fixtures)),
  );
  // From an odd byte, too, where nothing is aligned.
  const shifted = new Uint8Array(file.length + 1);
  shifted.set(file, 1);
  for (const bytes of [file, shifted.subarray(1)]) {
    const { tensors, metadata, notes } = await readWeights(bytes, {
      source: "a.safetensors",
    });
    deepStrictEqual(
      Object.fromEntries(
        Array.from(
          tensors,
          ([name, { shape, values }]) => [name, [shape, [...values()]]],
        ),
      ),
      golden,
    );
    deepStrictEqual(metadata, { format: "pt" });
    deepStrictEqual(notes, [
      'The prefix "model." of the names is left off.',
    ]);
  }
});
