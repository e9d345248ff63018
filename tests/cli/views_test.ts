import {
  deepStrictEqual,
  match,
  notDeepStrictEqual,
  ok,
  rejects,
  strictEqual,
} from "@std/assert";
import { eventsOf } from "../../src/cli/testing.ts";
import {
  checkRefusal,
  type CommandResult,
  inSandbox,
  photos,
  type Sandbox,
} from "./_sandbox.ts";

const changes = ["--augment", "flip,crop=2,brightness", "--views", "3"];

/** What was extracted: the pictures, then the training pictures of each further view. */
function extracted(result: CommandResult) {
  return eventsOf(result).filter(({ event }) => event === "extracted")
    .map(({ view = 0, images, cached }) => ({ view, images, cached }));
}

/** The files that say what was learnt, and from which pictures. */
async function outcome(sandbox: Sandbox, run: string) {
  return {
    model: await sandbox.bytes(`${run}/model/model.safetensors`),
    batches: await sandbox.text(`${run}/batches.csv`),
    predictions: await sandbox.text(`${run}/predictions.csv`),
    split: await sandbox.text(`${run}/split.csv`),
    confusion: await sandbox.text(`${run}/confusion.csv`),
  };
}

Deno.test("train --views reads the training pictures alone in further views, once: a second run extracts nothing and gives the same bytes", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const first = await sandbox.train("first", "--json", ...changes);
    strictEqual(first.code, 0, first.stderr);
    deepStrictEqual(extracted(first), [
      { view: 0, images: 16, cached: 0 },
      { view: 1, images: 12, cached: 0 },
      { view: 2, images: 12, cached: 0 },
    ]);
    const second = await sandbox.train("second", "--json", ...changes);
    deepStrictEqual(extracted(second), [
      { view: 0, images: 16, cached: 16 },
      { view: 1, images: 12, cached: 12 },
      { view: 2, images: 12, cached: 12 },
    ]);
    const views = await outcome(sandbox, "first");
    deepStrictEqual(await outcome(sandbox, "second"), views);
    deepStrictEqual(
      await sandbox.bytes("second/augmented.png"),
      await sandbox.bytes("first/augmented.png"),
    );
    const page = await sandbox.text("first/report.html");
    ok(page.includes(">blue moon, view 3</bdi>"));
    await sandbox.train("plain", "--views", "1");
    const plain = await outcome(sandbox, "plain");
    await rejects(sandbox.bytes("plain/augmented.png"), Deno.errors.NotFound);
    notDeepStrictEqual(views.model, plain.model);
    strictEqual(views.split, plain.split);
    strictEqual(views.batches, plain.batches);
    const runs = ["first", "plain"].map((name) => sandbox.path(name));
    const out = ["--out", sandbox.path("both.svg")];
    const { stdout } = await sandbox.run("compare", ...runs, ...out);
    match(stdout, /first +dense layer on net\.pb, 3 views +default/);
    match(stdout, /plain +dense layer on net\.pb +default/);
  });
});

Deno.test("train --views makes other views for another seed or other changes, and shares the pictures as they are", async () => {
  await inSandbox(photos(), async (sandbox) => {
    await sandbox.train("run", ...changes);
    const others = [
      [...changes, "--seed", "1"],
      ["--augment", "flip", "--views", "3"],
    ];
    for (const [index, other] of others.entries()) {
      const result = await sandbox.train(`other-${index}`, "--json", ...other);
      const cached = extracted(result).map(({ cached }) => cached);
      deepStrictEqual(cached, [16, 0, 0]);
    }
  });
});

Deno.test("train --views that goes on after an interruption ends with the bytes of a run that never stopped", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const longer = [...changes, "--steps", "230", "--batch", "5"];
    const whole = await sandbox.train("whole", ...longer);
    strictEqual(whole.code, 0, whole.stderr);
    await sandbox.train("stopped", ...longer);
    for (const step of ["000200", "000230"]) {
      await Deno.remove(
        sandbox.path(`stopped/checkpoints/step-${step}.safetensors`),
      );
    }
    const resume = ["--resume", sandbox.path("stopped")];
    const resumed = await sandbox.run("train", ...resume);
    strictEqual(resumed.code, 0, resumed.stderr);
    match(await sandbox.text("stopped/batches.csv"), /\n230,/);
    deepStrictEqual(
      await outcome(sandbox, "stopped"),
      await outcome(sandbox, "whole"),
    );
  });
});

Deno.test("train --augment on frozen features takes four views and says so, also with --hidden", async () => {
  await inSandbox(photos(), async (sandbox) => {
    for (const hidden of [[], ["--hidden", "4"]]) {
      const name = `run-${hidden.length}`;
      const args = ["--augment", "flip", "--batch", "4", ...hidden];
      const { code, stderr } = await sandbox.train(name, ...args);
      strictEqual(code, 0, stderr);
      match(stderr, /each training picture is read in 4 views/);
      const { settings } = JSON.parse(await sandbox.text(`${name}/run.json`));
      strictEqual(settings.views.count, 4);
      const report = await sandbox.text(`${name}/report.html`);
      ok(report.includes("<td>4</td>") && report.includes("--augment flip"));
    }
  });
});

for (
  const { fault, args, message } of [
    {
      fault: "no views",
      args: ["--views", "0"],
      message: /--views .*1/,
    },
    {
      fault: "half a view",
      args: ["--views", "1.5"],
      message: /--views .*1\.5/,
    },
    {
      fault: "views of a network that is fine-tuned",
      args: ["--views", "2", "--mode", "finetune"],
      message: /--views is for features of a frozen graph/,
    },
    {
      fault: "an augmentation that is not there",
      args: ["--views", "2", "--augment", "wrong"],
      message: /--augment has no "wrong"/,
    },
  ] as const
) {
  Deno.test(`train --views refuses ${fault}, and makes no run folder`, async () => {
    await inSandbox(photos(), async (sandbox) => {
      const result = await sandbox.train("run", ...args);
      checkRefusal(result, { code: 2, message });
      const folder = await Deno.stat(sandbox.path("run")).catch(() => null);
      strictEqual(folder, null);
    });
  });
}

Deno.test("train --views refuses a network from scratch, and features that are given", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const scratch = await sandbox.run(
      "train",
      sandbox.path("photos"),
      ...["--model", "small-cnn", "--mode", "scratch", "--views", "2"],
    );
    const message = /--views is for features of a frozen graph/;
    checkRefusal(scratch, { code: 2, message });
    for (const flag of [["--views", "2"], ["--augment", "flip"]]) {
      const given = await sandbox.run(
        "train",
        ...["--bottlenecks", sandbox.path("photos"), ...flag],
      );
      const message = new RegExp(`${flag[0]} changes pictures, and --bottle`);
      checkRefusal(given, { code: 2, message });
    }
  });
});
