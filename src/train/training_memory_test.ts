import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { LayerGraph } from "../graph/layers.ts";
import { InputError, messageOf } from "../errors.ts";
import { refusalOf } from "../graph/testing.ts";
import type { PlannedStep } from "./planned_step.ts";
import { planNetworkStep } from "./stage.ts";
import {
  checkMemory,
  printMemory,
  trainingMemory,
  withSmallerBatch,
} from "./training_memory.ts";
import { ownBuffer, trainableOf } from "./variables.ts";

const weights = ownBuffer({ name: "w", shape: [5e6] });

const planned: PlannedStep = {
  plan: {
    program: {
      label: "step",
      steps: [],
      buffers: [
        { name: weights.buffer, bytes: weights.bytes },
        { name: "net: frozen (tiles)", bytes: 5e6 },
        { bytes: 300e6 },
        { bytes: 100e6 },
      ],
    },
    constants: new Map(),
  },
  buffers: {
    data: "data",
    batches: "batches",
    labels: "labels",
    schedule: "schedule",
    counter: "counter",
    progress: "progress",
  },
  parts: 1,
  variables: [weights],
  moments: [],
  placesOf: (places) => places,
};

Deno.test("trainingMemory() tells weights, what stays and scratch apart", () => {
  const memory = trainingMemory(planned);
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

Deno.test("planMemory() tells weights, moments, kept activations and gradients apart", () => {
  const layers = new LayerGraph({ seed: 1 });
  const rows = layers.input("rows", [4, 8]);
  const hidden = layers.dense("hidden", rows, {
    units: 16,
    activation: "relu",
  });
  const network = layers.finish(layers.dense("logits", hidden, { units: 3 }));
  const of = (variables: readonly string[]) =>
    planNetworkStep(network, {
      variables,
      loss: { kind: "softmax" },
      optimizer: "adam",
    });
  const weights = (8 * 16 + 16 + 16 * 3 + 3) * 4;
  const all = of(trainableOf(network));
  strictEqual(all.weights, weights);
  strictEqual(all.optimizer, 2 * weights);
  strictEqual(all.gradients, weights);
  // The rows for the hidden kernel, its output for the kernel after it and its own slope.
  strictEqual(all.activations, 4 * (8 + 16) * 4);
  ok(all.slots > 0 && all.scratch >= all.gradients);
  const head = of(["logits/kernel", "logits/bias"]);
  strictEqual(head.weights, (16 * 3 + 3) * 4);
  strictEqual(head.activations, 4 * 16 * 4);
});

Deno.test("checkMemory() says what a step needs and the batch that would fit", () => {
  const limits = { maxBufferSize: 1e9, maxStorageBufferBindingSize: 128e6 };
  checkMemory(planned, {
    batch: 32,
    limits: { ...limits, maxStorageBufferBindingSize: 300e6 },
  });
  strictEqual(
    refusalOf(() => checkMemory(planned, { batch: 32, limits })),
    "A batch of 32 needs 425 MB on the GPU: 400 of activations and gradients, 20 of weights and what the optimizer remembers, 5.0 of weights that stay and batches, and one buffer of 300 MB where the adapter allows 128 MB: use --batch 13 or less",
  );
});

Deno.test("withSmallerBatch() adds half the batch to what the GPU said, and leaves other errors alone", () => {
  const error = new InputError('"step" needs 425 MB: use a smaller batch');
  const advised = withSmallerBatch(error, planned, 32);
  ok(advised instanceof InputError);
  strictEqual(
    messageOf(advised),
    '"step" needs 425 MB: use a smaller batch, such as --batch 16 with about 225 MB',
  );
  strictEqual(withSmallerBatch(error, planned, 1), error);
  const bug = new Error("no shader");
  strictEqual(withSmallerBatch(bug, planned, 32), bug);
});

Deno.test("checkMemory() does not advise a smaller batch where the weights are too large", () => {
  const message = refusalOf(() =>
    checkMemory(planned, {
      batch: 1000,
      limits: { maxStorageBufferBindingSize: 10e6 },
    })
  );
  match(message, /allows 10 MB: use smaller pictures or a smaller model$/);
});
