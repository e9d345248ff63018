import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { eventsOf } from "../../src/cli/testing.ts";
import { pictureGraph } from "../../src/features/testing.ts";
import { checkRefusal, inSandbox, photos, picture } from "./_sandbox.ts";

/** The files of cached rows, in path order. */
function cachedRows(folder: string): string[] {
  const rows: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) rows.push(...cachedRows(path));
    else if (name.endsWith(".row")) rows.push(path);
  }
  return rows.sort();
}

Deno.test("train computes damaged, half-written and foreign cache rows again", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("one")).code, 0);
    const [flipped, cut, foreign, empty, ...others] = cachedRows(
      sandbox.path("home/features"),
    );
    const good = await Promise.all(
      [flipped, cut, foreign, empty].map((path) => Deno.readFile(path)),
    );
    await Deno.writeFile(
      flipped,
      good[0].map((byte, at) => at === good[0].length - 9 ? byte ^ 1 : byte),
    );
    await Deno.writeFile(cut, good[1].slice(0, good[1].length / 2));
    await Deno.copyFile(others[0], foreign);
    await Deno.writeFile(empty, new Uint8Array(0));
    const result = await sandbox.train("two", "--json");
    const extracted = eventsOf(result).find(({ event }) =>
      event === "extracted"
    );
    deepStrictEqual(extracted, {
      event: "extracted",
      images: 16,
      cached: 12,
      skipped: 0,
    });
    deepStrictEqual(
      await sandbox.bytes("two/model/model.safetensors"),
      await sandbox.bytes("one/model/model.safetensors"),
    );
    deepStrictEqual(
      await Promise.all(
        [flipped, cut, foreign, empty].map((path) => Deno.readFile(path)),
      ),
      good,
    );
  });
});

Deno.test("train goes on where the cache cannot be written, and says so once", async () => {
  await inSandbox(
    { ...photos(), "home/features": "a file" },
    async (sandbox) => {
      const { code, stderr } = await sandbox.train("run");
      strictEqual(code, 0, stderr);
      const warnings = stderr.match(/warning: The feature cache/g);
      strictEqual(warnings?.length, 1, stderr);
    },
  );
});

Deno.test("train says that there is no adapter", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const args = sandbox.trainArguments("run");
    const nowhere = {
      VK_DRIVER_FILES: "/nonexistent",
      VK_ICD_FILENAMES: "/nonexistent",
      LIBGL_DRIVERS_PATH: "/nonexistent",
      EGL_PLATFORM: "none",
      __EGL_VENDOR_LIBRARY_FILENAMES: "/nonexistent",
    };
    const result = await sandbox.task("train", args, { env: nowhere });
    checkRefusal(result, { code: 1, message: /adapter/ });
    ok(!result.stdout);
  });
});

Deno.test("train --resume refuses what is no run, and a run.json that is damaged", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const resume = () => sandbox.run("train", "--resume", sandbox.path("run"));
    checkRefusal(await resume(), {
      code: 2,
      message: /run is no run: expected/,
    });
    strictEqual((await sandbox.train("run")).code, 0);
    const record = await sandbox.text("run/run.json");
    await sandbox.write({ "run/run.json": record.slice(0, 99) });
    checkRefusal(await resume(), { code: 1, message: /run\.json is not JSON/ });
    await sandbox.write({ "run/run.json": record.replace("recipe", "r") });
    checkRefusal(await resume(), {
      code: 1,
      message: /run\.json: "recipe" is missing/,
    });
    await sandbox.write({
      "run/run.json": record.replace('"version": 2', '"version": 9'),
    });
    checkRefusal(await resume(), { code: 1, message: /version 9.*reads 2/ });
  });
});

Deno.test("train --resume refuses other data or another model, and touches nothing", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const split = await sandbox.text("run/split.csv");
    const resume = (...args: string[]) =>
      sandbox.run("train", "--resume", sandbox.path("run"), ...args);
    await sandbox.write({ "photos/red/new.png": picture([1, 2, 3], 4) });
    checkRefusal(await resume(), {
      code: 1,
      message:
        /photos is not what it was when .*run was begun: 1 file is new \(red\/new\.png\)/,
    });
    strictEqual(await sandbox.text("run/split.csv"), split);
    await Deno.remove(sandbox.path("photos/red/new.png"));
    await sandbox.write({ "other.pb": pictureGraph({ size: 9 }) });
    checkRefusal(await resume("--model", sandbox.path("other.pb")), {
      code: 1,
      message:
        /other\.pb is not the model that .*run was trained with \(sha256/,
    });
    strictEqual((await resume()).code, 0);
  });
});

Deno.test("a damaged checkpoint is refused by name, by train --resume and by predict", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const path = "run/checkpoints/step-000003.safetensors";
    const good = await sandbox.bytes(path);
    const damages = [
      good.slice(0, good.length - 5),
      good.map((byte, at) => at === good.length - 50 ? byte ^ 4 : byte),
      new Uint8Array(0),
      new TextEncoder().encode(
        "not a checkpoint at all, but long enough to look",
      ),
    ];
    for (const damaged of damages) {
      await sandbox.write({ [path]: damaged });
      const expected = {
        code: 1,
        message: /step-000003\.safetensors.*step 0 is the newest/,
      } as const;
      const run = sandbox.path("run");
      checkRefusal(await sandbox.run("train", "--resume", run), expected);
      const predicted = await sandbox.run(
        "predict",
        run,
        sandbox.path("photos"),
      );
      checkRefusal(predicted, expected);
      deepStrictEqual(await sandbox.bytes(path), damaged);
    }
  });
});

Deno.test("a checkpoint of other classes is refused, by train --resume and by predict", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    await Deno.rename(sandbox.path("photos"), sandbox.path("before"));
    await sandbox.write(photos(["green", "white"]));
    strictEqual((await sandbox.train("other")).code, 0);
    const checkpoint = "checkpoints/step-000003.safetensors";
    await sandbox.write({
      [`run/${checkpoint}`]: await sandbox.bytes(`other/${checkpoint}`),
    });
    await Deno.remove(sandbox.path("photos"), { recursive: true });
    await Deno.rename(sandbox.path("before"), sandbox.path("photos"));
    const run = sandbox.path("run");
    checkRefusal(await sandbox.run("train", "--resume", run), {
      code: 1,
      message:
        /step 3 is of the classes "green", "white", these are "blue moon", "red"/,
    });
    checkRefusal(await sandbox.run("predict", run, sandbox.path("photos")), {
      code: 1,
      message: /step-000003\.safetensors is of other classes/,
    });
  });
});

Deno.test("train ends with one sentence where a file of its run cannot be written", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    await Deno.remove(sandbox.path("run/curves.svg"));
    await Deno.mkdir(sandbox.path("run/curves.svg/full"), { recursive: true });
    const resumed = await sandbox.run("train", "--resume", sandbox.path("run"));
    checkRefusal(resumed, {
      code: 1,
      message: /Cannot write ".*curves\.svg": /,
    });
  });
});
