import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { NetworkCheckpointFolder } from "./network_checkpoint_folder.ts";
import type { NetworkState } from "./network_state.ts";

function stateAt(step: number): NetworkState {
  const data = Float32Array.of(step, 2);
  return {
    step,
    stage: 0,
    variables: { "conv/kernel": { shape: [2], data } },
    moments: {},
    batches: { random: { seed: 1, stream: 1, counter: step }, position: 3 },
  };
}

async function inFolder(test: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("NetworkCheckpointFolder keeps step 0, the best and the newest two", async () => {
  await inFolder(async (folder) => {
    const checkpoints = new NetworkCheckpointFolder(folder);
    await rejects(checkpoints.newest(), /There is no checkpoint/);
    const store = checkpoints.storeFor({ labels: ["a"] }, {
      bestStep: () => 20,
    });
    for (const step of [0, 10, 20, 30, 40, 50]) {
      await store.save(stateAt(step));
    }
    deepStrictEqual(await checkpoints.steps(), [0, 20, 40, 50]);
    const { identity, ...state } = await checkpoints.newest();
    deepStrictEqual(state, stateAt(50));
    deepStrictEqual(identity, { labels: ["a"] });
  });
});

Deno.test("NetworkCheckpointFolder names a damaged checkpoint, and the one before it", async () => {
  await inFolder(async (folder) => {
    const checkpoints = new NetworkCheckpointFolder(folder);
    const store = checkpoints.storeFor({}, { bestStep: () => undefined });
    strictEqual(await store.save(stateAt(7)), "step-000007.ckpt");
    await store.save(stateAt(8));
    const path = join(folder, "step-000008.ckpt");
    const bytes = await Deno.readFile(path);
    bytes[bytes.length >> 1] ^= 1;
    await Deno.writeFile(path, bytes);
    await rejects(
      checkpoints.newest(),
      /step-000008\.ckpt.*without it, step 7 is the newest/,
    );
  });
});
