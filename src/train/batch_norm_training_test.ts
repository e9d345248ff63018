import { deepStrictEqual, ok } from "@std/assert";
import { testSession, testValues } from "../../kernels/testing.ts";
import { LayerGraph } from "../graph/layers.ts";
import type { TrainingState } from "./checkpoint.ts";
import { fixedRows } from "./row_source.ts";
import type { TrainNetworkOptions } from "./stage.ts";
import { trainNetwork } from "./trainer.ts";
import { trainableOf } from "./variables.ts";

const [batch, size, classes] = [4, 6, 2];

/** A convolution with a batch norm, trained for nine steps on noise. */
async function options(): Promise<TrainNetworkOptions> {
  const layers = new LayerGraph({ seed: 0 });
  const images = layers.input("images", [batch, size, size, 1]);
  const conv = layers.convolution("conv", images, { channels: 4, size: 3 });
  const norm = layers.batchNorm("norm", conv, { activation: "relu" });
  const flat = layers.flatten("flat", norm);
  const network = layers.finish(
    layers.dense("logits", flat, { units: classes }),
  );
  const features = size * size;
  return {
    session: await testSession(),
    network,
    loss: { kind: "softmax" },
    train: fixedRows({
      rows: testValues(10 * features),
      features,
      labels: Uint32Array.from({ length: 10 }, (_, row) => row % classes),
    }),
    stages: [{
      variables: trainableOf(network),
      settings: {
        optimizer: "adam",
        schedule: "constant",
        rate: 0.01,
        weightDecay: 0,
        steps: 9,
      },
    }],
    seed: 0,
    stepsPerEvaluation: 3,
  };
}

Deno.test("trainNetwork() resumed goes on with the moving averages of batch norms, byte for byte", async () => {
  const states: TrainingState[] = [];
  const given = await options();
  const { values } = await trainNetwork({
    ...given,
    checkpoints: {
      save(state) {
        states.push(state);
        return Promise.resolve(`step ${state.step}`);
      },
    },
  });
  ok(values["norm/moving_mean"].data.every((value) => value !== 0));
  const [, third] = states;
  const { values: again } = await trainNetwork({ ...given, resume: third });
  deepStrictEqual(again, values);
});
