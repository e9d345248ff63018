import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { conv2dTiles } from "../../kernels/conv2d.ts";
import { testSession } from "../../kernels/testing.ts";
import { presetTuning } from "../../src/plan/mod.ts";
import { decodeImage } from "../../src/image/mod.ts";
import { writeTuning } from "../../src/tune/tuning_file.ts";
import { inSandbox, photos, type Sandbox } from "./_sandbox.ts";

const scratch = ["--model", "small-cnn", "--mode", "scratch"];
const small = ["--input-size", "12", "--hidden", "8", "--batch", "4"];

function train(sandbox: Sandbox, name: string, ...args: string[]) {
  const all = [sandbox.path("photos"), "--out", sandbox.path(name), ...args];
  return sandbox.run("train", ...all);
}

/** Everything that must not show that a run was killed. */
async function outcome(sandbox: Sandbox, run: string) {
  const log = (await sandbox.text(`${run}/log.jsonl`)).trim().split("\n")
    .map((line) => JSON.parse(line));
  const steps = [...Deno.readDirSync(sandbox.path(`${run}/checkpoints`))]
    .map(({ name }) => name).sort();
  return {
    steps,
    weights: await sandbox.bytes(`${run}/checkpoints/${steps.at(-1)}`),
    batches: await sandbox.text(`${run}/batches.csv`),
    predictions: await sandbox.text(`${run}/predictions.csv`),
    log: log.filter(({ event }) => event !== "checkpoint"),
  };
}

Deno.test("a network's run that is killed ends with the bytes of one that never was", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const args = [
      ...["photos", ...scratch, ...small, "--dropout", "0.3"],
      ...["--augment", "all", "--epochs", "40"],
    ];
    const whole = await sandbox.task("train", [...args, "--out", "whole"]);
    strictEqual(whole.code, 0, whole.stderr);
    const child = sandbox.spawn("train", [...args, "--out", "killed"]);
    for (;;) {
      const steps = await sandbox.text("killed/log.jsonl").catch(() => "");
      if (steps.includes('"step":30,')) break;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    child.kill("SIGKILL");
    await child.stdout.cancel();
    await child.stderr.cancel();
    await child.status;
    const resumed = await sandbox.task("train", ["--resume", "killed"]);
    strictEqual(resumed.code, 0, resumed.stderr);
    deepStrictEqual(
      await outcome(sandbox, "killed"),
      await outcome(sandbox, "whole"),
    );
    const drawn = await sandbox.bytes("whole/augmented.png");
    deepStrictEqual(await sandbox.bytes("killed/augmented.png"), drawn);
    // Four pictures of 224 pixels in a row.
    strictEqual((await decodeImage(drawn)).width, 4 * (224 + 16) + 16);
    match(await sandbox.text("killed/report.html"), /First augmented batch/);
  });
});

/** Starts a command, and kills it as soon as a file is there. */
async function killAt(
  sandbox: Sandbox,
  { args, file }: { args: readonly string[]; file: string },
): Promise<void> {
  const child = sandbox.spawn("train", args);
  while (await Deno.stat(sandbox.path(file)).catch(() => null) === null) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  child.kill("SIGKILL");
  await child.output();
}

Deno.test("a network on the layers of another run that is killed at once goes on to the same bytes, soon without that run", async () => {
  await inSandbox(photos(), async (sandbox) => {
    await train(sandbox, "first", ...scratch, ...small, "--steps", "4");
    const args = [
      ...["photos", "--model", "first", "--batch", "4", "--steps", "3"],
    ];
    const whole = await sandbox.task("train", [...args, "--out", "whole"]);
    strictEqual(whole.code, 0, whole.stderr);
    const expected = await outcome(sandbox, "whole");
    for (const file of ["run.json", "checkpoints/step-000000.safetensors"]) {
      await Deno.remove(sandbox.path("run"), { recursive: true })
        .catch(() => {});
      await killAt(sandbox, {
        args: [...args, "--out", "run"],
        file: `run/${file}`,
      });
      if (file !== "run.json") {
        await Deno.rename(sandbox.path("first"), sandbox.path("moved"));
      }
      const resumed = await sandbox.task("train", ["--resume", "run"]);
      strictEqual(resumed.code, 0, resumed.stderr);
      deepStrictEqual(await outcome(sandbox, "run"), expected);
    }
    await Deno.remove(sandbox.path("run/checkpoints"), { recursive: true });
    const refused = await sandbox.task("train", ["--resume", "run"]);
    strictEqual(refused.code, 1);
    match(
      refused.stderr,
      /run has no checkpoint yet and starts from .*first, which cannot be read: bring that back, or train a new run/,
    );
  });
});

Deno.test("train of a network takes the measured kernels, keeps them in the run, and goes on with these", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const { adapter } = await testSession();
    const preset = conv2dTiles[1];
    const tuning = { ...presetTuning(adapter), preset };
    const folder = sandbox.path("home/tuning");
    await writeTuning(folder, adapter, { tuning, created: "today" });
    const args = [...scratch, ...small, "--steps", "6"];
    await train(sandbox, "plain", ...args, "--no-tune");
    await train(sandbox, "whole", ...args);
    await train(sandbox, "again", ...args);
    const tuningOf = async (run: string) =>
      JSON.parse(await sandbox.text(`${run}/run.json`)).environment.tuning;
    strictEqual(await tuningOf("plain"), "preset variants");
    deepStrictEqual((await tuningOf("whole")).table.preset, preset);
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(
      sandbox.path("again/checkpoints/step-000006.safetensors"),
    );
    const run = sandbox.path("again");
    const resumed = await sandbox.run("train", "--resume", run);
    strictEqual(resumed.code, 0, resumed.stderr);
    deepStrictEqual((await tuningOf("again")).table.preset, preset);
    deepStrictEqual(
      await outcome(sandbox, "again"),
      await outcome(sandbox, "whole"),
    );
  });
});
