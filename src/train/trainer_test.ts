import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import { InputError } from "../errors.ts";
import type { Session } from "../gpu/session.ts";
import type { Node } from "../graph/ir.ts";
import {
  adam,
  batch,
  networkOptions,
  size,
  testImages,
  testNetwork,
} from "./_testing.ts";
import type { TrainingEvent } from "./events.ts";
import type { TrainingState } from "./checkpoint.ts";
import { fixedRows, type RowSource } from "./row_source.ts";
import type { TrainNetworkOptions } from "./stage.ts";
import { Reports, trainNetwork } from "./trainer.ts";
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
    const isSame = values[name].data.every((value, at) => value === before[at]);
    strictEqual(isSame, !first.variables.includes(name));
  }
});

Deno.test("trainNetwork() resumed from any checkpoint ends in the same bytes, whether a stage has just ended or not", async () => {
  const states: TrainingState[] = [];
  const checkpoints = {
    save(state: TrainingState) {
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

Deno.test("trainNetwork() stops once the validation loss is no better for as many evaluations as patience allows, also those of before", async () => {
  // Labels of other rows, so that what is learnt makes it worse.
  const { labels, ...images } = testImages(30, 9);
  const validation = { ...images, labels: labels.toReversed() };
  const given = await networkOptions({
    validation,
    stepsPerEvaluation: 1,
    patience: 3,
  });
  const stopped = await trainNetwork(given);
  ok(stopped.step < 30);
  strictEqual(stopped.step, (stopped.bestStep ?? NaN) + 3);
  const history = [{ step: 0, loss: 0 }];
  const { step, bestStep } = await trainNetwork({ ...given, history });
  deepStrictEqual([step, bestStep], [3, 0]);
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
  const resume: TrainingState = {
    step: 4,
    stage: 0,
    settings: {},
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

Deno.test("trainNetwork() gives the same bytes when the rows are staged", async () => {
  const given = await networkOptions();
  const { values } = await trainNetwork(given);
  const residentBytes = 20 * size * size * 4;
  const staged = await trainNetwork({ ...given, residentBytes });
  deepStrictEqual(staged.values, values);
});

/** The same images as bytes and as the floats they stand for. */
function bytesAndFloats(
  count: number,
): { bytes: RowSource; floats: RowSource } {
  const { features, labels } = testImages(count);
  const values = Uint8Array.from(
    { length: count * features },
    (_, at) => at * 37 % 251,
  );
  const floats = fixedRows({
    rows: Float32Array.from(values),
    features,
    labels,
  });
  const read: RowSource["read"] = (rows) =>
    Uint8Array.from(
      { length: rows.length * features },
      (_, at) =>
        values[rows[Math.floor(at / features)] * features + at % features],
    );
  return { floats, bytes: { ...floats, isBytes: true, read } };
}

Deno.test("trainNetwork() gives the same bytes from rows of bytes, resident or staged, as from their floats", async () => {
  const { bytes, floats } = bytesAndFloats(50);
  const given = await networkOptions({ train: floats, validation: floats });
  const expected = await trainNetwork(given);
  for (const residentBytes of [undefined, 20 * size * size]) {
    const rows = { train: bytes, validation: bytes, residentBytes };
    const { values, evaluations } = await trainNetwork({ ...given, ...rows });
    deepStrictEqual(values, expected.values);
    deepStrictEqual(evaluations, expected.evaluations);
  }
});

Deno.test("trainNetwork() submits the next steps, and asks for the rows of those after them, before it hears of these", async () => {
  const order: string[] = [];
  const source = testImages(20);
  const train: RowSource = {
    ...source,
    period: undefined,
    read(rows, epochs) {
      order.push("read");
      return source.read(rows, epochs);
    },
  };
  const [first] = (await networkOptions()).stages;
  const stages = [{ ...first, settings: { ...first.settings, steps: 6 } }];
  await trainNetwork({
    ...await networkOptions({ train, stages, stepsPerEvaluation: 3 }),
    residentBytes: batch * size * size * 4,
    onEvent: ({ event }) => event === "step" && order.push(event),
  });
  const readsBefore = order.flatMap((what, at) =>
    what === "step"
      ? [order.slice(0, at).filter((each) => each === "read").length]
      : []
  );
  // Those of the steps that run meanwhile, and of the one after them.
  deepStrictEqual(readsBefore, [6, 6, 6, 6, 6, 6]);
});

Deno.test("trainNetwork() fails for rows that cannot be read, also where they are read ahead", async () => {
  const source = testImages(20);
  let reads = 0;
  const train: RowSource = {
    ...source,
    period: undefined,
    read: (rows, epochs) =>
      ++reads > 2
        ? Promise.reject(new InputError("gone"))
        : source.read(rows, epochs),
  };
  const given = await networkOptions({ train });
  const residentBytes = batch * size * size * 4;
  await rejects(trainNetwork({ ...given, residentBytes }), /gone/);
});

Deno.test("trainNetwork() asks for rows that change by their epoch", async () => {
  const asked: [row: number, epoch: number][] = [];
  const source = testImages(20);
  const train: RowSource = {
    ...source,
    period: undefined,
    read(rows, epochs) {
      rows.forEach((row, at) => asked.push([row, epochs[at]]));
      return source.read(rows, epochs);
    },
  };
  const given = await networkOptions({ train });
  await trainNetwork({ ...given, stages: [given.stages[0]] });
  strictEqual(asked.length, 9 * batch);
  const epochs = asked.map(([, epoch]) => epoch);
  deepStrictEqual(epochs, epochs.map((_, at) => Math.floor(at / 20)));
  for (const epoch of [0, 1, 2]) {
    const rows = asked.filter(([, of]) => of === epoch).map(([row]) => row);
    strictEqual(new Set(rows).size, 20);
  }
});

Deno.test("Reports tell in the order of asking, whichever result comes first, and leave the newest that are work", async () => {
  const reports = new Reports();
  const told: string[] = [];
  const add = (result: Promise<string>, isWork: boolean) =>
    reports.add(result, (text) => void told.push(text), { isWork });
  const late = Promise.withResolvers<string>();
  add(late.promise, true);
  add(Promise.resolve("its score"), false);
  add(Promise.resolve("second"), true);
  add(Promise.resolve("its score"), false);
  add(Promise.resolve("third"), true);
  late.resolve("first");
  await reports.tell({ left: 2 });
  deepStrictEqual(told, ["first"]);
  await reports.tell({ left: 1 });
  deepStrictEqual(told, ["first", "its score", "second"]);
  await reports.tell();
  deepStrictEqual(told.slice(3), ["its score", "third"]);
});

Deno.test("Reports throw a failure in its turn and tell nothing after it", async () => {
  const reports = new Reports();
  const told: string[] = [];
  reports.add(Promise.resolve("first"), (result) => void told.push(result));
  reports.add(Promise.reject(new Error("lost")), () => void told.push("never"));
  await rejects(reports.tell(), /lost/);
  deepStrictEqual(told, ["first"]);
});
