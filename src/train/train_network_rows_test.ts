import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { InputError } from "../errors.ts";
import { batch, networkOptions, size, testImages } from "./_testing.ts";
import { fixedRows, type RowSource } from "./row_source.ts";
import { trainNetwork } from "./train_network.ts";

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

Deno.test("trainNetwork() asks for the rows of the next steps before it hears of these", async () => {
  const order: string[] = [];
  const source = testImages(20);
  const train: RowSource = {
    ...source,
    isFixed: false,
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
  const reads = Array.from({ length: 5 }, () => ["read", "step"]).flat();
  deepStrictEqual(order, ["read", ...reads, "step"]);
});

Deno.test("trainNetwork() fails for rows that cannot be read, also where they are read ahead", async () => {
  const source = testImages(20);
  let reads = 0;
  const train: RowSource = {
    ...source,
    isFixed: false,
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
    isFixed: false,
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
