import { deepStrictEqual, doesNotMatch, match, strictEqual } from "@std/assert";
import { eventsOf } from "../../src/cli/testing.ts";
import {
  checkRefusal,
  inSandbox,
  photos,
  picture,
  type Sandbox,
} from "./_sandbox.ts";

/** A run that was stopped before its last checkpoint. */
async function stoppedRun(sandbox: Sandbox): Promise<string> {
  const { code, stderr } = await sandbox.train("run");
  strictEqual(code, 0, stderr);
  await Deno.remove(
    sandbox.path("run/checkpoints/step-000003.safetensors"),
  );
  return sandbox.path("run");
}

async function fileTimes(folder: string) {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return await Promise.all(
    names.map(async (name) => [
      name,
      (await Deno.stat(`${folder}/${name}`)).mtime?.getTime(),
    ]),
  );
}

Deno.test("train --resume of a finished run says that nothing is left to do, and does nothing", async () => {
  const files = { ...photos(), "photos/red/bad.jpg": "no picture" };
  await inSandbox(files, async (sandbox) => {
    const trained = await sandbox.train("run", "--json");
    const run = sandbox.path("run");
    const before = await fileTimes(run);
    // Nothing is computed: the model is not needed.
    await Deno.rename(sandbox.path("net.pb"), sandbox.path("other.pb"));
    const { code, stdout, stderr } = await sandbox.run(
      "train",
      ...["--resume", run],
    );
    strictEqual(code, 0, stderr);
    strictEqual(stderr, `${run} has all its 3 steps; nothing to do\n`);
    match(stdout, /^test accuracy .* of 2 .*\nreport .*report\.html\n$/);
    deepStrictEqual(await fileTimes(run), before);
    await sandbox.write({ "photos/red/3.png": picture([9, 9, 9], 77) });
    checkRefusal(await sandbox.run("train", "--resume", run), {
      code: 1,
      message: /photos is not what it was .*: 1 file changed \(red\/3\.png\)/,
    });
    await sandbox.write({ "photos/red/3.png": photos()["photos/red/3.png"] });
    await Deno.rename(sandbox.path("photos"), sandbox.path("moved"));
    await Deno.rename(sandbox.path("other.pb"), sandbox.path("net.pb"));
    const moved = [sandbox.path("moved"), "--resume", run];
    const found = await sandbox.run("train", ...moved);
    strictEqual(found.code, 0, found.stderr);
    match(found.stderr, /nothing to do\n/);
    const { settings } = JSON.parse(await sandbox.text("run/run.json"));
    strictEqual(settings.data, sandbox.path("moved"));
    const told = eventsOf(
      await sandbox.run("train", "--resume", run, "--json"),
    );
    deepStrictEqual(told, [eventsOf(trained).at(-1)]);
    const gate = await sandbox.run(
      "train",
      ...["--resume", run, "--assert-accuracy", "1"],
    );
    strictEqual([0, 3].includes(gate.code), true);
  });
});

Deno.test("train --resume names the first file that changed, is missing or is new, and counts them", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const run = await stoppedRun(sandbox);
    const original = await sandbox.bytes("photos/red/3.png");
    await sandbox.write({ "photos/red/3.png": picture([9, 9, 9], 77) });
    const refused = async (message: RegExp) =>
      checkRefusal(await sandbox.run("train", "--resume", run), {
        code: 1,
        message,
      });
    await refused(
      /photos is not what it was when .*run was begun: 1 file changed \(red\/3\.png\); bring/,
    );
    await Deno.remove(sandbox.path("photos/red/3.png"));
    await Deno.remove(sandbox.path("photos/red/4.png"));
    await sandbox.write({ "photos/red/new.png": picture([9, 9, 9], 78) });
    await refused(
      /: 2 files are missing \(the first is red\/3\.png\), 1 file is new \(red\/new\.png\); bring .*--resume .*run DATA/,
    );
    await Deno.remove(sandbox.path("photos/red/new.png"));
    const fourth = photos()["photos/red/4.png"];
    await sandbox.write({
      "photos/red/3.png": original,
      "photos/red/4.png": fourth,
    });
    const { code, stderr } = await sandbox.run("train", "--resume", run);
    strictEqual(code, 0, stderr);
  });
});

Deno.test("train DATA --resume --model goes on where photos and model have moved, and run.json says where", async () => {
  const test = photos(undefined, { each: 2, folder: "photos-test" });
  await inSandbox({ ...photos(), ...test }, async (sandbox) => {
    const run = await stoppedRun(sandbox);
    const weights = await sandbox.bytes("run/model/model.safetensors");
    await Deno.rename(sandbox.path("photos"), sandbox.path("moved"));
    const resume = (...args: string[]) =>
      sandbox.run("train", ...args, "--resume", run);
    checkRefusal(await resume(), {
      code: 1,
      message:
        /The data of .*run is no longer at .*photos: say where it is now with `\.\/espalier train --resume .*run DATA`/,
    });
    checkRefusal(await resume(sandbox.path("photos-test")), {
      code: 1,
      message: /photos-test is not what it was when/,
    });
    await Deno.rename(sandbox.path("net.pb"), sandbox.path("graph.pb"));
    checkRefusal(await resume(sandbox.path("moved")), {
      code: 1,
      message: /The model of .*run is no longer at .*net\.pb: say .* --model/,
    });
    const model = ["--model", sandbox.path("graph.pb")];
    const { code, stderr } = await resume(sandbox.path("moved"), ...model);
    strictEqual(code, 0, stderr);
    const record = JSON.parse(await sandbox.text("run/run.json"));
    strictEqual(record.settings.data, sandbox.path("moved"));
    strictEqual(record.model.path, sandbox.path("graph.pb"));
    deepStrictEqual(
      await sandbox.bytes("run/model/model.safetensors"),
      weights,
    );
    const again = await resume();
    match(again.stderr, /nothing to do/);
    doesNotMatch(again.stderr, /moved|no longer/);
    checkRefusal(await resume("--seed", "1"), {
      code: 2,
      message: /cannot take --seed as well/,
    });
    checkRefusal(await resume("--test", sandbox.path("photos-test")), {
      code: 2,
      message: /takes its test pictures from its data: leave --test out/,
    });
  });
});

Deno.test("train --resume takes each line of its logs once, and warns of steps that are lost", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const run = await stoppedRun(sandbox);
    // Of step 0 is all that is kept: nothing is lost, however often it is there.
    const log = await sandbox.text("run/log.jsonl");
    await sandbox.write({ "run/log.jsonl": log + log });
    const resumed = await sandbox.run("train", "--resume", run);
    strictEqual(resumed.code, 0, resumed.stderr);
    strictEqual(await sandbox.text("run/log.jsonl"), log);
    const lines = log.split("\n").filter((line) => !/"step":2,/.test(line));
    await sandbox.write({ "run/log.jsonl": lines.join("\n") });
    await Deno.remove(`${run}/report.html`);
    const gap = await sandbox.run("train", "--resume", run);
    strictEqual(gap.code, 0, gap.stderr);
    match(gap.stderr, /log\.jsonl lacks 1 step before step 3: the curves/);
  });
});
