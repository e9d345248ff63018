import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { checkRefusal, inSandbox, photos } from "../../tests/cli/_sandbox.ts";
import { pictureGraph } from "../features/testing.ts";
import { decodeImage } from "../image/mod.ts";
import { assertWellFormed } from "../report/_xml_testing.ts";
import { eventsOf } from "./testing.ts";

Deno.test("predict --json prints one line a photo, and null where the truth is unknown", async () => {
  const files = photos();
  const unknown = { "inbox/x.png": files["photos/red/0.png"] };
  const named = { "inbox/blue moon_7.png": files["photos/blue moon/7.png"] };
  await inSandbox({ ...files, ...unknown, ...named }, async (sandbox) => {
    strictEqual((await sandbox.train("run", "--steps", "200")).code, 0);
    const result = await sandbox.run(
      "predict",
      ...[sandbox.path("run"), "--json"],
      ...[sandbox.path("inbox"), sandbox.path("photos/red/0.png")],
    );
    strictEqual(result.code, 0, result.stderr);
    const lines = eventsOf(result).map(({ confidence, ...line }) => {
      ok(Number(confidence) > 0.5 && Number(confidence) <= 1);
      return line;
    });
    deepStrictEqual(lines, [
      {
        path: sandbox.path("inbox/blue moon_7.png"),
        label: "blue moon",
        truth: "blue moon",
      },
      { path: sandbox.path("inbox/x.png"), label: "red", truth: null },
      { path: sandbox.path("photos/red/0.png"), label: "red", truth: "red" },
    ]);
  });
});

Deno.test("predict says of a photo what train said of it", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const tested = (await sandbox.text("run/predictions.csv")).trim()
      .split("\n").slice(1).map((line) => line.split(","));
    for (const [path, , predicted, confidence] of tested) {
      const [line] = eventsOf(
        await sandbox.run(
          "predict",
          ...[sandbox.path("run"), sandbox.path(`photos/${path}`), "--json"],
        ),
      );
      strictEqual(line.label, predicted);
      strictEqual(line.confidence, Number(confidence));
    }
  });
});

Deno.test("predict --grid draws up to 16 photos", async () => {
  await inSandbox(
    photos(undefined, { each: 10 }),
    async (sandbox) => {
      strictEqual((await sandbox.train("run")).code, 0);
      const grid = ["--grid", sandbox.path("grid.png")];
      const args = [sandbox.path("run"), sandbox.path("photos"), ...grid];
      const { code, stderr } = await sandbox.run("predict", ...args);
      strictEqual(code, 0);
      match(stderr, /grid .*grid\.png/);
      const { width, height } = await decodeImage(
        await sandbox.bytes("grid.png"),
      );
      ok(width > 800 && height > 800, `${width}x${height}`);
      grid[1] = sandbox.path("grid.svg");
      const drawn = await sandbox.run("predict", ...args.slice(0, 2), ...grid);
      strictEqual(drawn.code, 0, drawn.stderr);
      const svg = await sandbox.text("grid.svg");
      assertWellFormed(svg);
      strictEqual(svg.match(/<image /g)?.length, 16);
    },
  );
});

Deno.test("predict --grid refuses a file that is neither SVG nor PNG before it predicts", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const args = ["no-run", sandbox.path("photos"), "--grid", "grid.jpg"];
    checkRefusal(await sandbox.run("predict", ...args), {
      code: 2,
      message: /drawn as FILE\.svg or FILE\.png, got "grid\.jpg"/,
    });
  });
});

Deno.test("predict passes over files that are no photos, and fails if there is nothing else", async () => {
  const bad = { "photos/red/bad.jpg": "no picture", "alone/bad.jpg": "none" };
  await inSandbox({ ...photos(), ...bad }, async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const run = sandbox.path("run");
    const some = await sandbox.run("predict", run, sandbox.path("photos"));
    strictEqual(some.code, 0);
    strictEqual(some.stdout.trim().split("\n").length, 16);
    match(some.stderr, /warning: .*bad\.jpg is skipped/);
    const none = await sandbox.run("predict", run, sandbox.path("alone"));
    strictEqual(none.code, 1);
    const gone = await sandbox.run("predict", run, sandbox.path("gone.jpg"));
    checkRefusal(gone, {
      code: 1,
      message: /gone\.jpg: no such file or folder/,
    });
  });
});

Deno.test("predict refuses what is no run", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const photo = sandbox.path("photos/red/0.png");
    const result = await sandbox.run("predict", sandbox.path("photos"), photo);
    checkRefusal(result, { code: 2, message: /photos is no run: expected/ });
  });
});

Deno.test("predict finds a model that has moved with --model, and refuses another", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    await Deno.rename(sandbox.path("net.pb"), sandbox.path("moved.pb"));
    await sandbox.write({ "other.pb": pictureGraph({ size: 9 }) });
    const photo = sandbox.path("photos/red/0.png");
    const predict = (...args: string[]) =>
      sandbox.run("predict", sandbox.path("run"), photo, ...args);
    checkRefusal(await predict(), {
      code: 1,
      message: /no longer at .*net\.pb: say where it is with --model/,
    });
    checkRefusal(await predict("--model", sandbox.path("other.pb")), {
      code: 1,
      message: /other\.pb is not the model .* \(sha256 \w+, expected \w+\)/,
    });
    const moved = await predict("--model", sandbox.path("moved.pb"));
    strictEqual(moved.code, 0, moved.stderr);
  });
});

Deno.test("predict says so where the training has not ended", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    await Deno.remove(sandbox.path("run/checkpoints/step-000003.safetensors"));
    const { code, stderr } = await sandbox.run(
      "predict",
      ...[sandbox.path("run"), sandbox.path("photos/red/0.png")],
    );
    strictEqual(code, 0);
    match(stderr, /warning: .*run has done 0 of its 3 steps; finish it with/);
  });
});

Deno.test("predict prints no file name that could move the cursor", async () => {
  const files = photos();
  const hostile = { "inbox/\x1b[2J.png": files["photos/red/0.png"] };
  await inSandbox({ ...files, ...hostile }, async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const args = [sandbox.path("run"), sandbox.path("inbox")];
    const { stdout } = await sandbox.run("predict", ...args);
    match(stdout, /inbox\/\?\[2J\.png {2}/);
  });
});
