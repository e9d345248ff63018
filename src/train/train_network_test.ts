import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import { testSession, testValues } from "../../kernels/testing.ts";
import { InputError } from "../errors.ts";
import type { Session } from "../gpu/session.ts";
import type { Graph, Node } from "../graph/ir.ts";
import { optimise } from "../passes/mod.ts";
import { GraphSketch } from "../passes/testing.ts";
import type { TrainingEvent } from "./events.ts";
import type { NetworkState } from "./network_state.ts";
import { fixedRows, type RowSource } from "./row_source.ts";
import { trainNetwork, type TrainNetworkOptions } from "./train_network.ts";
import { toVariables, trainableOf, withValues } from "./variables.ts";

const [batch, size, classes] = [8, 6, 3];

/** A convolution, dropout and a dense layer, from small weights. */
function network(
  rate = 0,
  { channels = 4, isTrained = () => true }: {
    channels?: number;
    isTrained?: (node: Node) => boolean;
  } = {},
): Graph {
  const sketch = new GraphSketch();
  const images = sketch.input("images", [batch, size, size, 1]);
  const hidden = sketch.unary(
    "relu",
    sketch.bias(sketch.conv(images, { channels, size: 3 })),
  );
  const pooled = sketch.pool("max_pool", hidden, { size: 2, stride: 2 });
  const flat = sketch.reshape(pooled, [batch, 9 * channels]);
  const logits = sketch.bias(sketch.matmul(flat, classes));
  const graph = optimise(sketch.finish(logits), { without: ["concatInPlace"] });
  const [dense] = graph.nodes.filter(({ op }) => op === "matmul");
  const dropped = { ...dense, inputs: ["dropped", ...dense.inputs.slice(1)] };
  const trained = toVariables({
    ...graph,
    tensors: new Map(graph.tensors).set("dropped", {
      name: "dropped",
      shape: [batch, 9 * channels],
      dtype: "f32",
    }),
    nodes: graph.nodes.flatMap((node) =>
      node !== dense ? [node] : [{
        op: "dropout",
        name: "dropped",
        inputs: [dense.inputs[0]],
        outputs: ["dropped"],
        attributes: { rate, seed: 0, stream: 0, afterLoss: false },
      }, dropped]
    ),
  }, isTrained);
  const values = Object.fromEntries(
    trainableOf(trained).map((name, index) => [
      name,
      testValues(trained.tensors.get(name)!.variable!.read().length, index + 1)
        .map((value) => value / 3),
    ]),
  );
  return withValues(trained, values);
}

/** Images whose class shows in one row of pixels. */
function images(count: number, seed = 1): RowSource {
  const features = size * size;
  const rows = testValues(count * features, seed);
  const labels = Uint32Array.from({ length: count }, (_, row) => row % classes);
  labels.forEach((label, row) => {
    const line = row * features + (2 * label + 1) * size;
    for (let x = 0; x < size; x++) rows[line + x] += 1.5;
  });
  return fixedRows({ rows, features, labels });
}

const adam = {
  optimizer: "adam",
  schedule: "constant",
  rate: 0.02,
  weightDecay: 0,
} as const;

async function options(
  given: Partial<TrainNetworkOptions> = {},
): Promise<TrainNetworkOptions> {
  const graph = given.network ?? network(0.25);
  const names = trainableOf(graph);
  return {
    session: await testSession(),
    network: graph,
    loss: { kind: "softmax" },
    train: images(50),
    stages: [
      { variables: names.slice(-2), settings: { ...adam, steps: 9 } },
      { variables: names, settings: { ...adam, steps: 21, rate: 0.01 } },
    ],
    seed: 3,
    ...given,
  };
}

Deno.test("trainNetwork() learns images whose class shows, in stages, and tells of every step and evaluation", async () => {
  const events: TrainingEvent[] = [];
  const { steps, evaluations } = await trainNetwork(
    await options({
      validation: images(30, 9),
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
  const given = await options();
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
  const given = await options({ stepsPerEvaluation: 3 });
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

Deno.test("trainNetwork() gives the same bytes when the rows are staged", async () => {
  const given = await options();
  const { values } = await trainNetwork(given);
  const residentBytes = 20 * size * size * 4;
  const staged = await trainNetwork({ ...given, residentBytes });
  deepStrictEqual(staged.values, values);
});

/** The same images as bytes and as the floats they stand for. */
function bytesAndFloats(
  count: number,
): { bytes: RowSource; floats: RowSource } {
  const { features, labels } = images(count);
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
  const given = await options({ train: floats, validation: floats });
  const expected = await trainNetwork(given);
  for (const residentBytes of [undefined, 20 * size * size]) {
    const rows = { train: bytes, validation: bytes, residentBytes };
    const { values, evaluations } = await trainNetwork({ ...given, ...rows });
    deepStrictEqual(values, expected.values);
    deepStrictEqual(evaluations, expected.evaluations);
  }
});

Deno.test("trainNetwork() asks for the rows of the next steps before it hears of these", async () => {
  const order: string[] = [];
  const source = images(20);
  const train: RowSource = {
    ...source,
    isFixed: false,
    read(rows, epochs) {
      order.push("read");
      return source.read(rows, epochs);
    },
  };
  const [first] = (await options()).stages;
  const stages = [{ ...first, settings: { ...first.settings, steps: 6 } }];
  await trainNetwork({
    ...await options({ train, stages, stepsPerEvaluation: 3 }),
    residentBytes: batch * size * size * 4,
    onEvent: ({ event }) => event === "step" && order.push(event),
  });
  const reads = Array.from({ length: 5 }, () => ["read", "step"]).flat();
  deepStrictEqual(order, ["read", ...reads, "step"]);
});

Deno.test("trainNetwork() fails for rows that cannot be read, also where they are read ahead", async () => {
  const source = images(20);
  let reads = 0;
  const train: RowSource = {
    ...source,
    isFixed: false,
    read: (rows, epochs) =>
      ++reads > 2
        ? Promise.reject(new InputError("gone"))
        : source.read(rows, epochs),
  };
  const given = await options({ train });
  const residentBytes = batch * size * size * 4;
  await rejects(trainNetwork({ ...given, residentBytes }), /gone/);
});

Deno.test("trainNetwork() asks for rows that change by their epoch", async () => {
  const asked: [row: number, epoch: number][] = [];
  const source = images(20);
  const train: RowSource = {
    ...source,
    isFixed: false,
    read(rows, epochs) {
      rows.forEach((row, at) => asked.push([row, epochs[at]]));
      return source.read(rows, epochs);
    },
  };
  const given = await options({ train });
  await trainNetwork({ ...given, stages: [given.stages[0]] });
  strictEqual(asked.length, 9 * batch);
  const epochs = asked.map(([, epoch]) => epoch);
  deepStrictEqual(epochs, epochs.map((_, at) => Math.floor(at / 20)));
  for (const epoch of [0, 1, 2]) {
    const rows = asked.filter(([, of]) => of === epoch).map(([row]) => row);
    strictEqual(new Set(rows).size, 20);
  }
});

Deno.test("trainNetwork() stops at a loss that is no number, and names the last good checkpoint", async () => {
  const given = await options();
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
      await trainNetwork(await options(given));
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
    throw new Error("nothing was refused");
  };
  strictEqual(
    await refusal({ train: images(5) }),
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
  const { session, ...given } = await options();
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
      const graph = network(0.25, { channels, ...isTrained && { isTrained } });
      return await trainNetwork(
        await options({ network: graph, validation: images(12, 9) }),
      );
    };
    const first = await trainOne(3);
    await trainOne(20);
    deepStrictEqual((await trainOne(3)).values, first.values);
  }
});
