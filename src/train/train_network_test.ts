import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import { InputError } from "../errors.ts";
import type { Session } from "../gpu/session.ts";
import type { Node } from "../graph/ir.ts";
import { adam, networkOptions, testImages, testNetwork } from "./_testing.ts";
import type { TrainingEvent } from "./events.ts";
import type { NetworkState } from "./network_state.ts";
import { trainNetwork, type TrainNetworkOptions } from "./train_network.ts";
import { trainableOf } from "./variables.ts";

Deno.test("trainNetwork() learns images whose class shows, in stages, and tells of every step and evaluation", async () => {
  const events: TrainingEvent[] = [];
  const { steps, evaluations } = await trainNetwork(
    await networkOptions({
      validation: testImages(30, 9),
      onEvent: (event) => events.push(event),
    }),
  );
  strictEqual(steps.length, 30);
  // Seven steps are an epoch of 50 images, and the end counts as one.
  deepStrictEqual(evaluations.map(({ step }) => step), [7, 14, 21, 28, 30]);
  ok(evaluations[4].validationAccuracy > 0.9);
  ok(evaluations[4].validationLoss < evaluations[0].validationLoss);
  strictEqual(steps[8].rate, 0.02);
  strictEqual(steps[9].rate, 0.01);
  deepStrictEqual(events.filter(({ event }) => event === "step"), steps);
});

Deno.test("trainNetwork() changes no frozen variable", async () => {
  const given = await networkOptions();
  const [first] = given.stages;
  const { values } = await trainNetwork({ ...given, stages: [first] });
  for (const name of trainableOf(given.network)) {
    const before = given.network.tensors.get(name)!.variable!.read();
    const isSame = values[name].every((value, at) => value === before[at]);
    strictEqual(isSame, !first.variables.includes(name));
  }
});

Deno.test("trainNetwork() resumed from any checkpoint ends in the same bytes, whether a stage has just ended or not", async () => {
  const states: NetworkState[] = [];
  const checkpoints = {
    save(state: NetworkState) {
      states.push(state);
      return Promise.resolve(`step ${state.step}`);
    },
  };
  const given = await networkOptions({ stepsPerEvaluation: 3 });
  const { values } = await trainNetwork({ ...given, checkpoints });
  deepStrictEqual(
    states.map(({ step, stage }) => [step, stage]).slice(0, 5),
    [[0, 0], [3, 0], [6, 0], [9, 0], [12, 1]],
  );
  for (const resume of states.filter(({ step }) => step % 9 < 4)) {
    const again = await trainNetwork({ ...given, resume });
    deepStrictEqual(again.values, values);
  }
});

Deno.test("trainNetwork() stops at a loss that is no number, and names the last good checkpoint", async () => {
  const given = await networkOptions();
  const settings = {
    ...adam,
    optimizer: "sgd",
    rate: 1e30,
    steps: 30,
  } as const;
  const { variables } = given.stages[1];
  await rejects(
    trainNetwork({
      ...given,
      stages: [{ variables, settings }],
      checkpoints: { save: () => Promise.resolve("kept") },
    }),
    (error: unknown) =>
      error instanceof InputError &&
      /loss became (NaN|Infinity) at step \d+ \(rate 1e\+30\): the last good checkpoint is step 0; try a smaller --rate, which --find-lr finds/
        .test(error.message),
  );
});

Deno.test("trainNetwork() refuses a batch larger than the data, and a state of another network", async () => {
  const refusal = async (given: Partial<TrainNetworkOptions>) => {
    try {
      await trainNetwork(await networkOptions(given));
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
    throw new Error("nothing was refused");
  };
  strictEqual(
    await refusal({ train: testImages(5) }),
    "The batch of 8 is larger than the 5 training images: use --batch 5 or less",
  );
  const resume: NetworkState = {
    step: 4,
    stage: 0,
    variables: { other: { shape: [2], data: new Float32Array(2) } },
    moments: {},
    batches: { random: { seed: 3, stream: 1, counter: 0 }, position: 0 },
  };
  strictEqual(
    (await refusal({ resume })).replace(/"[^"]+"/, '"W"'),
    'The checkpoint of step 4 is of another network: "W" is missing there and of shape [3, 3, 1, 4] here; train a new run',
  );
});

Deno.test("trainNetwork() names a smaller batch where the GPU has no memory left", async () => {
  const { session, ...given } = await networkOptions();
  const full: Session = {
    adapter: session.adapter,
    load: () =>
      Promise.reject(new InputError("no memory: use a smaller batch")),
    write: () => Promise.resolve(),
    run: () => Promise.resolve(),
    read: () => Promise.reject(new Error("nothing is loaded")),
    unload: () => Promise.resolve(),
    liveBuffers: () => session.liveBuffers(),
    close: () => Promise.resolve(),
  };
  await rejects(trainNetwork({ ...given, session: full }), {
    name: "InputError",
    message:
      /^no memory: use a smaller batch, such as --batch 4 with about 0\.\d MB$/,
  });
});

Deno.test("trainNetwork() trains networks of one session, one after another, whose layers have the same names and other sizes", async () => {
  const isDense = ({ op }: Node): boolean => op === "matmul";
  for (const isTrained of [undefined, isDense]) {
    const trainOne = async (channels: number) => {
      const graph = testNetwork(0.25, {
        channels,
        ...isTrained && { isTrained },
      });
      return await trainNetwork(
        await networkOptions({ network: graph, validation: testImages(12, 9) }),
      );
    };
    const first = await trainOne(3);
    await trainOne(20);
    deepStrictEqual((await trainOne(3)).values, first.values);
  }
});
