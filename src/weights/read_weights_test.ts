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
