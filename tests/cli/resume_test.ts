import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { RunFolder } from "../../src/run/mod.ts";
import { checkRefusal, inSandbox, photos, type Sandbox } from "./_sandbox.ts";

/** Bottleneck files of random features: no pictures, so that nearly all the time is training. */
function texts(): Record<string, string> {
  const files: Record<string, string> = {};
  let state = 1;
  for (const label of ["left", "right"]) {
    for (let number = 0; number < 40; number++) {
      const row = Array.from({ length: 64 }, () => {
        state = (state * 48271) % 2147483647;
        return Math.fround(state / 2147483647);
      });
      files[`texts/${label}/${number}.txt`] = row.join(",");
    }
  }
  return files;
}

const steps = 1001;
const flags = ["--bottlenecks", "texts", "--recipe", "classic", "--seed", "5"];

/** Everything that must not show that a run was killed. */
async function outcome(sandbox: Sandbox, run: string) {
  const log = (await sandbox.text(`${run}/log.jsonl`)).trim().split("\n")
    .map((line) => JSON.parse(line));
  return {
    model: await sandbox.bytes(`${run}/model/model.safetensors`),
    batches: await sandbox.text(`${run}/batches.csv`),
    results: await sandbox.text(`${run}/results.csv`),
    predictions: await sandbox.text(`${run}/predictions.csv`),
    log: log.filter(({ event }) => event !== "checkpoint"),
  };
}

/** Waits until the cache holds rows: their folders have two letters. */
async function cached(home: string): Promise<void> {
  for (;;) {
    try {
      for (const { name } of Deno.readDirSync(`${home}/features`)) {
        const folder = `${home}/features/${name}`;
        const rows = [...Deno.readDirSync(folder)];
        if (rows.filter(({ isDirectory }) => isDirectory).length > 9) return;
      }
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Waits until a file is there and, if it is given, holds a text. */
async function appeared(path: string, text = ""): Promise<void> {
  for (;;) {
    try {
      if ((await Deno.readTextFile(path)).includes(text)) return;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

Deno.test("a run that is killed again and again ends with the bytes of one that never was", async () => {
  await inSandbox(texts(), async (sandbox) => {
    const whole = await sandbox.task("train", [...flags, "--out", "whole"]);
    strictEqual(whole.code, 0, whole.stderr);
    const expected = await outcome(sandbox, "whole");
    strictEqual(
      expected.log.filter(({ event }) => event === "step").length,
      steps,
    );
    // Each is on the disk at another moment: before the first step, while it trains, at a checkpoint.
    const moments: [string, string][] = [
      ["killed/run.json", "espalier run"],
      ["killed/batches.csv", "\n1,"],
      ["killed/log.jsonl", '"event":"checkpoint","step":301'],
      ["killed/log.jsonl", '"step":777'],
    ];
    let args = [...flags, "--out", "killed"];
    for (const [file, text] of moments) {
      const child = sandbox.spawn("train", args);
      await appeared(sandbox.path(file), text);
      child.kill("SIGKILL");
      await child.stdout.cancel();
      await child.stderr.cancel();
      await child.status;
      args = ["--resume", "killed"];
    }
    const resumed = await sandbox.task("train", args);
    strictEqual(resumed.code, 0, resumed.stderr);
    deepStrictEqual(await outcome(sandbox, "killed"), expected);
    for (const folder of ["killed", "killed/checkpoints", "killed/model"]) {
      const left = [...Deno.readDirSync(sandbox.path(folder))]
        .filter(({ name }) => name.endsWith(".tmp"));
      deepStrictEqual(left, [], folder);
    }
  });
});

Deno.test("a run that was killed before it wrote anything takes the same command again", async () => {
  await inSandbox(texts(), async (sandbox) => {
    await sandbox.write({ "run/.run.json.0123456789ab.tmp": "{" });
    const { code, stderr } = await sandbox.task("train", [
      ...[...flags, "--out", "run", "--steps", "2"],
    ]);
    strictEqual(code, 0, stderr);
  });
});

Deno.test("a checkpoint that was cut off while it was written is not taken for one", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const expected = await outcome(sandbox, "run");
    // As after a kill between two steps of the file system.
    const last = await sandbox.bytes("run/checkpoints/step-000003.safetensors");
    await Deno.remove(sandbox.path("run/checkpoints/step-000003.safetensors"));
    const temporary =
      "run/checkpoints/.step-000003.safetensors.0123456789ab.tmp";
    await sandbox.write({ [temporary]: last.slice(0, 100) });
    const resumed = await sandbox.run("train", "--resume", sandbox.path("run"));
    strictEqual(resumed.code, 0, resumed.stderr);
    deepStrictEqual(await outcome(sandbox, "run"), expected);
    deepStrictEqual(
      await sandbox.bytes("run/checkpoints/step-000003.safetensors"),
      last,
    );
  });
});

Deno.test("an extraction that is killed goes on from the cache with the same command", async () => {
  await inSandbox(photos(undefined, { each: 150 }), async (sandbox) => {
    const args = [
      ...["photos", "--model", "net.pb", "--bottleneck-tensor", "features:0"],
      ...["--out", "run", "--steps", "2", "--json"],
    ];
    const child = sandbox.spawn("train", args);
    await cached(sandbox.path("home"));
    child.kill("SIGKILL");
    await child.stdout.cancel();
    await child.stderr.cancel();
    await child.status;
    const { code, stdout, stderr } = await sandbox.task("train", args);
    strictEqual(code, 0, stderr);
    const extracted = JSON.parse(stdout.split("\n")[0]);
    strictEqual(extracted.images, 300);
    ok(extracted.cached > 0 && extracted.cached <= 300, stdout);
  });
});

Deno.test("Ctrl-C ends training with 130 within two seconds, and the command it prints goes on", async () => {
  await inSandbox(texts(), async (sandbox) => {
    const long = ["--steps", "100000", "--out", "a run"];
    const child = sandbox.spawn("train", [...flags, ...long]);
    await appeared(sandbox.path("a run/log.jsonl"), '"step":150');
    const pressed = performance.now();
    child.kill("SIGINT");
    const { code, stderr } = await child.output();
    ok(performance.now() - pressed < 2_000);
    strictEqual(code, 130);
    const text = new TextDecoder().decode(stderr);
    const command = /interrupted; go on with: \.\/espalier (.*)\n$/.exec(text);
    strictEqual(command?.[1], "train --resume 'a run'", text);
    const steps = (await sandbox.text("a run/batches.csv")).trim().split("\n");
    const checkpoints = [
      ...Deno.readDirSync(sandbox.path("a run/checkpoints")),
    ].map(({ name }) => name);
    // It was kept at the step where it stopped.
    const last = `${steps.length - 1}`.padStart(6, "0");
    ok(
      checkpoints.includes(`step-${last}.safetensors`),
      `${last} ${checkpoints}`,
    );
    const resumed = sandbox.spawn("train", ["--resume", "a run"]);
    await appeared(
      sandbox.path("a run/log.jsonl"),
      `"step":${steps.length + 200}`,
    );
    resumed.kill("SIGKILL");
    await resumed.output();
  });
});

Deno.test("Ctrl-C while pictures are extracted prints the same command", async () => {
  await inSandbox(photos(undefined, { each: 200 }), async (sandbox) => {
    const args = [
      ...["photos", "--model", "net.pb", "--bottleneck-tensor", "features:0"],
      ...["--out", "run", "--seed", "3"],
    ];
    const child = sandbox.spawn("train", args);
    await cached(sandbox.path("home"));
    child.kill("SIGINT");
    const { code, stderr } = await child.output();
    strictEqual(code, 130);
    match(
      new TextDecoder().decode(stderr),
      /go on with: \.\/espalier train photos --model net\.pb --bottleneck-tensor features:0 --seed 3 --out run\n$/,
    );
  });
});

Deno.test("a run that another process trains is trained by no second, and can be used meanwhile", async () => {
  await inSandbox(texts(), async (sandbox) => {
    const child = sandbox.spawn("train", [...flags, "--out", "run"]);
    await appeared(sandbox.path("run/log.jsonl"), '"step":100');
    // Stopped, so that it has not ended before the others have been refused.
    child.kill("SIGSTOP");
    const before = await sandbox.text("run/log.jsonl");
    const message = new RegExp(
      `run is being trained by process ${child.pid}: wait for it, or stop it first`,
    );
    const again = ["--bottlenecks", sandbox.path("texts"), "--out"];
    for (const args of [["--resume"], again]) {
      const refused = await sandbox.run("train", ...args, sandbox.path("run"));
      checkRefusal(refused, { code: 1, message });
    }
    strictEqual(await sandbox.text("run/log.jsonl"), before);
    const compared = await sandbox.run(
      "compare",
      sandbox.path("run"),
      "--out",
      sandbox.path("c.svg"),
    );
    strictEqual(compared.code, 0, compared.stderr);
    child.kill("SIGKILL");
    await child.stdout.cancel();
    await child.stderr.cancel();
    await child.status;
    strictEqual(await new RunFolder(sandbox.path("run")).holder(), undefined);
    const resumed = await sandbox.run("train", "--resume", sandbox.path("run"));
    strictEqual(resumed.code, 0, resumed.stderr);
  });
});
