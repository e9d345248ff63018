import { deepStrictEqual, rejects, strictEqual, throws } from "@std/assert";
import { join } from "@std/path";
import fc from "fast-check";
import { testValues } from "../../kernels/testing.ts";
import { InputError } from "../errors.ts";
import {
  checkIdentity,
  CheckpointFolder,
  decodeCheckpoint,
  encodeCheckpoint,
  type TrainingState,
} from "./checkpoint.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const identity = {
  labels: ["rose", "tulip"],
  digests: { model: "aa", data: "bb", split: "cc" },
};

function testState(step: number): TrainingState {
  const part = (suffix: string, seed: number) => ({
    [`conv/kernel${suffix}`]: { shape: [3, 2], data: testValues(6, seed) },
    [`conv/bias${suffix}`]: { shape: [2], data: testValues(2, seed + 1) },
  });
  return {
    step,
    stage: 1,
    settings: { optimizer: "adam", rate: 0.5 },
    way: "graph",
    variables: part("", step + 1),
    moments: { ...part(" (first)", 3), ...part(" (second)", 5) },
    batches: { random: { seed: 1, stream: 1, counter: 77 }, position: 4 },
  };
}

const unknown = { bestStep: undefined };

Deno.test("decodeCheckpoint() gives back what was encoded", () => {
  const checkpoint = { ...testState(100), identity };
  deepStrictEqual(
    decodeCheckpoint(encodeCheckpoint(checkpoint), "x"),
    checkpoint,
  );
});

Deno.test("decodeCheckpoint() refuses a file with any byte changed or cut off, by name", () => {
  const bytes = encodeCheckpoint({ ...testState(100), identity });
  fc.assert(fc.property(
    fc.nat(bytes.length - 1),
    fc.integer({ min: 1, max: 255 }),
    (at, change) => {
      const damaged = bytes.slice();
      damaged[at] ^= change;
      for (const file of [damaged, bytes.slice(0, at)]) {
        throws(
          () => decodeCheckpoint(file, "step-000100.safetensors"),
          (error: unknown) =>
            error instanceof InputError &&
            error.message.startsWith("step-000100.safetensors: "),
        );
      }
    },
  ));
});

Deno.test("decodeCheckpoint() refuses a state that is not whole, and names the field", () => {
  const bytes = encodeCheckpoint({
    ...testState(100),
    step: -1,
    identity,
  });
  throws(
    () => decodeCheckpoint(bytes, "it"),
    new InputError(
      'it: "step" is -1, expected at least 0; delete it to use the one before',
    ),
  );
});

Deno.test("CheckpointFolder.read() refuses a checkpoint under the name of another step", async () => {
  await using folder = await temporaryFolder();
  const checkpoints = new CheckpointFolder(folder.path);
  await checkpoints.storeFor(identity).save(testState(100), unknown);
  await Deno.rename(
    folder.join("step-000100.safetensors"),
    folder.join("step-000300.safetensors"),
  );
  await rejects(checkpoints.newest(), {
    name: "InputError",
    message: /step-000300\.safetensors is the checkpoint of step 100: give it/,
  });
});

Deno.test("checkIdentity() refuses another preprocessing, but not of a checkpoint that knows none", () => {
  const of = (preprocessing: string) => ({
    ...identity,
    digests: { ...identity.digests, preprocessing },
  });
  checkIdentity({ step: 1, identity: of("dd") }, of("dd"));
  checkIdentity({ step: 1, identity }, of("dd"));
  throws(
    () => checkIdentity({ step: 1, identity: of("dd") }, of("ee")),
    /step 1 was made with another preprocessing/,
  );
});

Deno.test("CheckpointFolder keeps step 0, the best and the newest six, and touches no other file", async () => {
  await using parent = await temporaryFolder();
  const path = parent.join("checkpoints");
  const folder = new CheckpointFolder(path);
  const store = folder.storeFor(identity);
  await store.save(testState(0), unknown);
  await Deno.writeTextFile(join(path, "step-000001.ckpt.txt"), "mine");
  for (const step of [10, 20, 30, 40, 50, 60, 70, 80, 90]) {
    strictEqual(
      await store.save(testState(step), { bestStep: 20 }),
      `step-0000${step}.safetensors`,
    );
  }
  deepStrictEqual(await folder.steps(), [0, 20, 40, 50, 60, 70, 80, 90]);
  deepStrictEqual(await folder.newest(), { ...testState(90), identity });
  deepStrictEqual(await folder.read(20), { ...testState(20), identity });
  strictEqual(
    await Deno.readTextFile(join(path, "step-000001.ckpt.txt")),
    "mine",
  );
});

Deno.test("CheckpointFolder keeps the newest two of large checkpoints", async () => {
  await using path = await temporaryFolder();
  const folder = new CheckpointFolder(path.path);
  const store = folder.storeFor(identity);
  const size = 2 ** 22;
  const weights = { shape: [size], data: new Float32Array(size) };
  for (const step of [0, 10, 20, 30]) {
    const state = { ...testState(step), variables: { weights }, moments: {} };
    await store.save(state, unknown);
  }
  deepStrictEqual(await folder.steps(), [0, 20, 30]);
});

Deno.test("CheckpointFolder.newest() names a damaged checkpoint and the step before it", async () => {
  await using path = await temporaryFolder();
  const folder = new CheckpointFolder(path.path);
  await rejects(folder.newest(), /There is no checkpoint in/);
  await folder.storeFor(identity).save(testState(100), unknown);
  await folder.storeFor(identity).save(testState(200), unknown);
  await Deno.writeFile(
    path.join("step-000200.safetensors"),
    encodeCheckpoint({ ...testState(200), identity }).slice(0, -9),
  );
  await rejects(folder.newest(), {
    name: "InputError",
    message:
      /step-000200\.safetensors: checksum mismatch.* \(without it, step 100 is the newest\)$/,
  });
});

Deno.test("CheckpointFolder.steps() passes over what a kill left half-written", async () => {
  await using path = await temporaryFolder();
  const torn = path.join(".step-000300.safetensors.0123456789ab.tmp");
  await Deno.writeTextFile(torn, "espal");
  deepStrictEqual(await new CheckpointFolder(path.path).steps(), []);
});

Deno.test("checkIdentity() refuses other classes, another order of them, and another model", () => {
  const checkpoint = { identity, step: 100 };
  checkIdentity(checkpoint, identity);
  throws(
    () => checkIdentity(checkpoint, { ...identity, labels: ["tulip", "rose"] }),
    /step 100 is of the classes "rose", "tulip", these are "tulip", "rose"/,
  );
  throws(
    () =>
      checkIdentity(checkpoint, {
        ...identity,
        digests: { ...identity.digests, model: "other" },
      }),
    /made with another model/,
  );
});

Deno.test("decodeCheckpoint() refuses variables that are not finite, by name", () => {
  const state = testState(100);
  state.variables["conv/bias"].data[1] = NaN;
  throws(
    () => decodeCheckpoint(encodeCheckpoint({ ...state, identity }), "x"),
    /^InputError: x: value 1 of "conv\/bias" is NaN, .* delete the file/,
  );
});
