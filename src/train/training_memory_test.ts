import { deepStrictEqual, strictEqual } from "@std/assert";
import { refusalOf } from "../graph/testing.ts";
import type { Program } from "../plan/program.ts";
import { checkMemory, printMemory, trainingMemory } from "./training_memory.ts";

const program: Program = {
  label: "step",
  steps: [],
  buffers: [
    { name: "variable: w", bytes: 20e6 },
    { name: "net: frozen (tiles)", bytes: 5e6 },
    { bytes: 300e6 },
    { bytes: 100e6 },
  ],
};

Deno.test("trainingMemory() tells weights, what stays and scratch apart", () => {
  const memory = trainingMemory(program);
  deepStrictEqual(memory, {
    variables: 20e6,
    constants: 5e6,
    scratch: 400e6,
    total: 425e6,
    largest: 300e6,
  });
  strictEqual(
    printMemory(memory),
    "425 MB on the GPU: 400 of activations and gradients, 20 of weights and what the optimizer remembers, 5.0 of weights that stay and batches",
  );
});

Deno.test("checkMemory() says what a step needs and the batch that would fit", () => {
  const limits = { maxBufferSize: 1e9, maxStorageBufferBindingSize: 128e6 };
  checkMemory(program, {
    batch: 32,
    limits: { ...limits, maxStorageBufferBindingSize: 300e6 },
  });
  strictEqual(
    refusalOf(() => checkMemory(program, { batch: 32, limits })),
    "A batch of 32 needs 425 MB on the GPU: 400 of activations and gradients, 20 of weights and what the optimizer remembers, 5.0 of weights that stay and batches, and one buffer of 300 MB where the adapter allows 128 MB: use --batch 13 or less",
  );
});
