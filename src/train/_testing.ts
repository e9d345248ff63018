/**
 * A small problem that the tests of this room share.
 */
import { testValues } from "../../kernels/testing.ts";
import { variableBuffer } from "../plan/plan.ts";
import type { Values } from "../plan/testing.ts";
import type { LabelledRows } from "./feature_rows.ts";
import { stepInputs, type TrainingStep } from "./training_step.ts";
import { initialValues } from "./variables.ts";

/** Rows whose class shows: class `c` has larger values at its own features. */
export function testRows(
  count: number,
  { features = 30, classes = 5, signal = 1, seed = 1 } = {},
): LabelledRows {
  const rows = testValues(count * features, seed);
  const labels = Uint32Array.from({ length: count }, (_, r) => r * 3 % classes);
  labels.forEach((label, r) => {
    for (let k = label; k < features; k += classes) {
      rows[r * features + k] += signal;
    }
  });
  return { rows, features, labels };
}

/** Feeds of a training step: numbers for the inputs, and variables' initial values by buffer name. */
export function stepFeeds(
  step: TrainingStep,
  { data, batches, labels, schedule, done = 0 }: {
    data: Float32Array;
    batches: Uint32Array<ArrayBuffer>;
    labels: Uint32Array<ArrayBuffer>;
    schedule: Float32Array;
    /** Steps before this one [0]. */
    done?: number;
  },
): Values {
  const variables = Object.entries(initialValues(step.graph));
  return {
    [stepInputs.data]: data,
    [stepInputs.batches]: new Float32Array(batches.buffer),
    [stepInputs.labels]: new Float32Array(labels.buffer),
    [stepInputs.schedule]: schedule,
    [stepInputs.counter]: new Float32Array(1),
    [stepInputs.start]: new Float32Array(Uint32Array.of(done).buffer),
    ...Object.fromEntries(
      variables.map((
        [name, values],
      ) => [variableBuffer(name, values.length), values]),
    ),
  };
}
