import { deepStrictEqual, rejects, strictEqual, throws } from "@std/assert";
import { join } from "@std/path";
import fc from "fast-check";
import { testValues } from "../../kernels/testing.ts";
import { decodeNpy } from "../bytes/npy.ts";
import { InputError } from "../errors.ts";
import {
  checkIdentity,
  CheckpointFolder,
  decodeCheckpoint,
  encodeCheckpoint,
} from "./checkpoint.ts";
import { resolveRecipe } from "./recipes.ts";
import type { TrainingState } from "./training_state.ts";

const identity = {
  labels: ["rose", "tulip"],
  digests: { model: "aa", data: "bb", split: "cc" },
};

function testState(step: number): TrainingState {
  const part = (seed: number) => ({
    weights: testValues(6, seed),
    bias: testValues(2, seed + 1),
  });
  return {
    step,
    features: 3,
    classes: 2,
    recipe: resolveRecipe("default", { trainRows: 9 }).recipe,
    parameters: part(step + 1),
    moments: { first: part(3), second: part(5) },
    batches: { random: { seed: 1, stream: 1, counter: 77 }, position: 4 },
  };
}

async function withFolder(
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("decodeCheckpoint() gives back what was encoded", () => {
  const checkpoint = { ...testState(100), ...identity };
  deepStrictEqual(
    decodeCheckpoint(encodeCheckpoint(checkpoint), "x"),
    checkpoint,
  );
});

Deno.test("decodeCheckpoint() refuses a file with any byte changed or cut off, by name", () => {
  const bytes = encodeCheckpoint({ ...testState(100), ...identity });
  fc.assert(fc.property(
    fc.nat(bytes.length - 1),
    fc.integer({ min: 1, max: 255 }),
    (at, change) => {
      const damaged = bytes.slice();
      damaged[at] ^= change;
      for (const file of [damaged, bytes.slice(0, at)]) {
        throws(
          () => decodeCheckpoint(file, "step-000100.ckpt"),
          (error: unknown) =>
            error instanceof InputError &&
            error.message.startsWith("step-000100.ckpt: "),
        );
      }
    },
  ));
});

Deno.test("CheckpointFolder keeps step 0 and the newest 6, and touches no other file", async () => {
  await withFolder(async (parent) => {
    const path = join(parent, "checkpoints");
    const folder = new CheckpointFolder(path);
    const store = folder.storeFor(identity);
    await store.save(testState(0));
    await Deno.writeTextFile(join(path, "step-000001.ckpt.txt"), "mine");
    for (let step = 100; step <= 1000; step += 100) {
      strictEqual(
        await store.save(testState(step)),
        `step-${String(step).padStart(6, "0")}.ckpt`,
      );
    }
    deepStrictEqual(await folder.steps(), [0, 500, 600, 700, 800, 900, 1000]);
    strictEqual((await folder.newest()).step, 1000);
    const names = Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
    deepStrictEqual(
      names.filter((name) => !name.endsWith(".ckpt")),
      [
        "step-000000.bias.npy",
        "step-000000.weights.npy",
        "step-000001.ckpt.txt",
      ],
    );
  });
});

Deno.test("CheckpointFolder writes the initial parameters as .npy too", async () => {
  await withFolder(async (folder) => {
    const state = testState(0);
    await new CheckpointFolder(folder).storeFor(identity).save(state);
    const bytes = await Deno.readFile(join(folder, "step-000000.weights.npy"));
    const { shape, data } = decodeNpy(bytes);
    deepStrictEqual(shape, [3, 2]);
    deepStrictEqual([...data], [...state.parameters.weights]);
  });
});

Deno.test("CheckpointFolder.newest() names a damaged checkpoint and the step before it", async () => {
  await withFolder(async (path) => {
    const folder = new CheckpointFolder(path);
    await rejects(folder.newest(), /There is no checkpoint in/);
    await folder.storeFor(identity).save(testState(100));
    await folder.storeFor(identity).save(testState(200));
    await Deno.writeFile(
      join(path, "step-000200.ckpt"),
      encodeCheckpoint({ ...testState(200), ...identity }).slice(0, -9),
    );
    await rejects(folder.newest(), {
      name: "InputError",
      message:
        /step-000200\.ckpt: checksum mismatch.* \(without it, step 100 is the newest\)$/,
    });
  });
});

Deno.test("CheckpointFolder.steps() passes over what a kill left half-written", async () => {
  await withFolder(async (path) => {
    const torn = join(path, ".step-000300.ckpt.0123456789ab.tmp");
    await Deno.writeTextFile(torn, "espal");
    deepStrictEqual(await new CheckpointFolder(path).steps(), []);
  });
});

Deno.test("checkIdentity() refuses other classes, another order of them, and another model", () => {
  const checkpoint = { ...identity, step: 100 };
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
