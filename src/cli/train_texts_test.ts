import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import {
  checkRefusal,
  type CommandResult,
  inSandbox,
  photos,
  type Sandbox,
} from "../../tests/cli/_sandbox.ts";

/** Bottleneck files of four features: two classes that differ in the first. */
function bottlenecks(scale = 1): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [index, label] of ["left", "right"].entries()) {
    for (let number = 0; number < 10; number++) {
      const row = [index, 0.3 + number / 50, 0.7 - number / 40, 0.5];
      files[`texts/${label}/${number}.jpg.txt`] = row
        .map((value) => Math.fround(value * scale)).join(",");
    }
  }
  return files;
}

function trainTexts(
  sandbox: Sandbox,
  name: string,
  ...args: string[]
): Promise<CommandResult> {
  const common = ["--out", sandbox.path(name), "--steps", "20"];
  const texts = ["--bottlenecks", sandbox.path("texts")];
  return sandbox.run("train", ...texts, ...common, ...args);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("train --assert-accuracy ends with 3 below the bar, and keeps the run", async () => {
  await inSandbox(bottlenecks(), async (sandbox) => {
    // One step from zero weights with a rate of almost nothing: a tie, won by the first class.
    const poor = ["--rate", "1e-9", "--steps", "1", "--assert-accuracy", "0.9"];
    checkRefusal(await trainTexts(sandbox, "poor", ...poor), {
      code: 3,
      message: /The test accuracy 0\.\d{4} is below 0\.9 \(--assert-accuracy\)/,
    });
    ok(exists(sandbox.path("poor/report.html")));
    const good = await trainTexts(sandbox, "good", "--assert-accuracy", "1");
    strictEqual(good.code, 0, good.stderr);
  });
});

Deno.test("train stops at a loss that is no number, and keeps the last good checkpoint", async () => {
  // No plane parts these classes, so that the weights never come to rest.
  const mixed = Object.entries(bottlenecks(13)).map(([name, text], index) => [
    name,
    index % 2 === 0 ? text.replace(/^\d+/, "7") : text,
  ]);
  await inSandbox(Object.fromEntries(mixed), async (sandbox) => {
    const wild = ["--recipe", "classic", "--rate", "1e38"];
    checkRefusal(await trainTexts(sandbox, "run", ...wild), {
      code: 1,
      message:
        /loss became (NaN|-?Infinity) at step \d+ \(rate 1e\+38\): the last good checkpoint is step 0; try a smaller --rate/,
    });
    ok(exists(sandbox.path("run/checkpoints/step-000000.safetensors")));
  });
});

Deno.test("train refuses photos and features at once", async () => {
  await inSandbox({ ...photos(), ...bottlenecks() }, async (sandbox) => {
    checkRefusal(await trainTexts(sandbox, "run", sandbox.path("photos")), {
      code: 2,
      message:
        /train takes a folder of pictures .* or --bottlenecks .*not both/,
    });
  });
});

Deno.test("train --bottlenecks needs neither photos nor a model, and draws no grid", async () => {
  await inSandbox(bottlenecks(), async (sandbox) => {
    const { code, stderr } = await trainTexts(sandbox, "run");
    strictEqual(code, 0, stderr);
    ok(exists(sandbox.path("run/report.html")));
    ok(!exists(sandbox.path("run/grid.svg")));
  });
});

Deno.test("train gives the same predictions for features times 13", async () => {
  await inSandbox(bottlenecks(), async (sandbox) => {
    const answers = async (run: string) =>
      (await sandbox.text(`${run}/predictions.csv`)).trim().split("\n")
        .map((line) => line.split(",").slice(0, 3).join()).sort();
    const steps = ["--steps", "100", "--test", sandbox.path("held")];
    // The split goes by the files' bytes, so both are tested on a folder of its own.
    const move = (files: Record<string, string>, name: string) =>
      Object.fromEntries(
        Object.entries(files).filter(([path]) => /\/[01]\.jpg/.test(path)).map(
          ([path, text]) => [path.replace("texts/", name), text],
        ),
      );
    await sandbox.write(move(bottlenecks(1.1), "held/"));
    strictEqual((await trainTexts(sandbox, "one", ...steps)).code, 0);
    await sandbox.write({
      ...bottlenecks(13),
      ...move(bottlenecks(1.1 * 13), "held/"),
    });
    strictEqual((await trainTexts(sandbox, "thirteen", ...steps)).code, 0);
    deepStrictEqual(await answers("thirteen"), await answers("one"));
  });
});

Deno.test("train --bottlenecks skips files that hold no features, and lists them", async () => {
  const files = {
    ...bottlenecks(),
    "texts/left/a.txt": "",
    "texts/left/b.txt": "1,2,three,4",
    "texts/right/c.txt": "1,2",
  };
  await inSandbox(files, async (sandbox) => {
    const { code, stderr } = await trainTexts(sandbox, "run");
    strictEqual(code, 0);
    match(stderr, /warning: 3 files are left out; .*skipped\.csv says why/);
    const skipped = await sandbox.text("run/skipped.csv");
    match(skipped, /left\/a\.txt,the file is empty/);
    match(skipped, /left\/b\.txt,"value 3 is ""three"", expected a finite/);
    match(skipped, /right\/c\.txt,"2 values, most files have 4"/);
  });
});

Deno.test("train --bottlenecks refuses a folder without any features", async () => {
  const files = { "texts/a/1.txt": "x", "texts/b/1.txt": "<html>" };
  await inSandbox(files, async (sandbox) => {
    checkRefusal(await trainTexts(sandbox, "run"), {
      code: 1,
      message: /none of 2 bottleneck files can be used, such as a\/1\.txt/,
    });
  });
});

Deno.test("train --resume refuses what would not be heeded", async () => {
  await inSandbox(bottlenecks(), async (sandbox) => {
    strictEqual((await trainTexts(sandbox, "run")).code, 0);
    const resume = ["--resume", sandbox.path("run")];
    const message = /--resume .* cannot take --steps as well/;
    const longer = await sandbox.run("train", ...resume, "--steps", "30");
    checkRefusal(longer, { code: 2, message });
    const seed = await sandbox.run("train", ...resume, "--seed", "0");
    checkRefusal(seed, { code: 2, message: /cannot take --seed as well/ });
  });
});
