import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { parseCsv } from "../../src/bytes/mod.ts";
import {
  checkRefusal,
  type Files,
  inSandbox,
  photos,
  picture,
  type Sandbox,
} from "./_sandbox.ts";

const labels = ["blue moon", "red"];

/** Photos in class folders below each of these, no photo twice. */
function photosIn(folders: Readonly<Record<string, number>>): Files {
  return Object.fromEntries(
    Object.entries(folders).flatMap(([folder, each], part) =>
      labels.flatMap((label, index) =>
        Array.from({ length: each }, (_, number) => {
          const colour = index === 0
            ? [0, 0, 200] as const
            : [200, 0, 0] as const;
          const seed = 5000 * part + 1000 * index + number;
          return [`${folder}/${label}/${number}.png`, picture(colour, seed)];
        })
      )
    ),
  );
}

/** How many pictures of which folder are in which part, by the run's `split.csv`. */
async function partsOf(
  sandbox: Sandbox,
  run: string,
): Promise<Record<string, number>> {
  const { header, rows } = parseCsv(await sandbox.text(`${run}/split.csv`));
  const [split, file] = ["split", "file"].map((name) => header.indexOf(name));
  const counts: Record<string, number> = {};
  for (const row of rows) {
    const [folder] = row[file].split(sandbox.path("photos/"))[1]
      .split(/\/(?:blue moon|red)\//);
    const key = `${folder}: ${row[split]}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

Deno.test("train on train/ and val/ is train on train/ with --test val/, to the byte", async () => {
  const files = photosIn({ "photos/train": 10, "photos/val": 4 });
  await inSandbox(files, async (sandbox) => {
    const whole = await sandbox.train("whole");
    strictEqual(whole.code, 0, whole.stderr);
    match(
      whole.stderr,
      /photos\/train trains, a tenth of .*photos\/train validates and .*photos\/val tests \(there is no test part\)/,
    );
    deepStrictEqual(await partsOf(sandbox, "whole"), {
      "train: train": 18,
      "train: validation": 2,
      "val: test": 8,
    });
    const [, ...rest] = sandbox.trainArguments("named");
    const test = ["--test", sandbox.path("photos/val")];
    const named = await sandbox.run(
      "train",
      ...[sandbox.path("photos/train"), ...rest, ...test],
    );
    strictEqual(named.code, 0, named.stderr);
    for (
      const name of ["split.csv", "batches.csv", "model/model.safetensors"]
    ) {
      deepStrictEqual(
        await sandbox.bytes(`whole/${name}`),
        await sandbox.bytes(`named/${name}`),
        name,
      );
    }
    match(whole.stdout, /^test accuracy .* of 8 /m);
    strictEqual(whole.stdout.split("\n")[0], named.stdout.split("\n")[0]);
    const { settings } = JSON.parse(await sandbox.text("whole/run.json"));
    strictEqual(settings.data, sandbox.path("photos/train"));
    strictEqual(settings.test, sandbox.path("photos/val"));
    // It reads what it read, whatever lies beside that now.
    await sandbox.write({ "photos/extra/1.png": picture([1, 2, 3], 4) });
    const resumed = await sandbox.run(
      "train",
      ...["--resume", sandbox.path("whole")],
    );
    strictEqual(resumed.code, 0, resumed.stderr);
    deepStrictEqual(
      await sandbox.bytes("whole/split.csv"),
      await sandbox.bytes("named/split.csv"),
    );
  });
});

for (
  const { name, folders, expected } of [
    {
      name: "train, val and test",
      folders: { "photos/train": 6, "photos/val": 2, "photos/test": 3 },
      expected: {
        "train: train": 12,
        "val: validation": 4,
        "test: test": 6,
      },
    },
    {
      name: "Roboflow's train, valid and test",
      folders: { "photos/train": 6, "photos/valid": 2, "photos/test": 3 },
      expected: {
        "train: train": 12,
        "valid: validation": 4,
        "test: test": 6,
      },
    },
    {
      name: "imagenette's folder in a folder",
      folders: { "photos/net2-160/train": 10, "photos/net2-160/val": 3 },
      expected: {
        "net2-160/train: train": 18,
        "net2-160/train: validation": 2,
        "net2-160/val: test": 6,
      },
    },
    {
      name: "a wrapped folder",
      folders: { "photos/photos": 10 },
      expected: {
        "photos: train": 16,
        "photos: validation": 2,
        "photos: test": 2,
      },
    },
  ]
) {
  Deno.test(`train reads ${name}`, async () => {
    const files = {
      ...photosIn(folders),
      "photos/README.txt": "",
      "photos/__MACOSX/._train": "",
    };
    await inSandbox(files, async (sandbox) => {
      const { code, stderr } = await sandbox.train("run");
      strictEqual(code, 0, stderr);
      deepStrictEqual(await partsOf(sandbox, "run"), expected);
    });
  });
}

Deno.test("train --validation validates on another folder, and tests on a tenth or on --test", async () => {
  const files = photosIn({ photos: 10, "photos/../mine": 3, held: 2 });
  await inSandbox(files, async (sandbox) => {
    const validation = ["--validation", sandbox.path("mine")];
    const events = async (name: string, ...more: string[]) => {
      const result = await sandbox.train(
        name,
        ...validation,
        ...more,
        "--json",
      );
      strictEqual(result.code, 0, result.stderr);
      const { rows } = parseCsv(await sandbox.text(`${name}/split.csv`));
      return ["train", "validation", "test"].map((part) =>
        rows.filter((row) => row[3] === part).length
      );
    };
    deepStrictEqual(await events("one"), [18, 6, 2]);
    const test = ["--test", sandbox.path("held")];
    deepStrictEqual(await events("two", ...test), [20, 6, 4]);
  });
});

Deno.test("train keeps a picture of train/ and val/ in val/ only, and refuses a class that train/ lacks", async () => {
  const twice = picture([1, 2, 3], 99);
  const files = {
    ...photosIn({ "photos/train": 5, "photos/val": 2 }),
    "photos/train/red/twice.png": twice,
    "photos/val/red/other name.png": twice,
    "photos/val/red/empty.png": "",
  };
  await inSandbox(files, async (sandbox) => {
    const { code, stderr } = await sandbox.train("run");
    strictEqual(code, 0, stderr);
    match(stderr, /1 picture is in the test folder too, such as .*twice\.png/);
    match(stderr, /photos\/val\/red\/empty\.png is skipped: 0 bytes/);
    match(await sandbox.text("run/skipped.csv"), /red\/twice\.png,the same/);
    await sandbox.write({ "photos/val/green/1.png": twice });
    checkRefusal(await sandbox.train("other"), {
      code: 1,
      message: /The test folder has a class "green" .* training folder lacks/,
    });
  });
});

Deno.test("extract writes the rows of all parts, of which train --bottlenecks reads the same parts", async () => {
  const files = photosIn({ "photos/train": 10, "photos/val": 3 });
  await inSandbox(files, async (sandbox) => {
    const [data, ...model] = sandbox.trainArguments("").slice(0, 5);
    const txt = sandbox.path("texts");
    const npy = ["--npy", sandbox.path("rows.npy")];
    const extracted = await sandbox.run(
      "extract",
      ...[data, ...model, ...npy, "--txt", txt],
    );
    strictEqual(extracted.code, 0, extracted.stderr);
    const paths = (await sandbox.text("rows.txt")).trim().split("\n");
    strictEqual(paths.length, 26);
    strictEqual(paths[0], "train/blue moon/0.png");
    strictEqual(paths[25], "val/red/2.png");
    const out = ["--out", sandbox.path("run"), "--steps", "3"];
    const trained = await sandbox.run("train", "--bottlenecks", txt, ...out);
    strictEqual(trained.code, 0, trained.stderr);
    const { rows } = parseCsv(await sandbox.text("run/split.csv"));
    strictEqual(rows.filter(([, , , split]) => split === "test").length, 6);
    strictEqual(rows.length, 26);
  });
});

Deno.test("eval of a data set with parts says which it measures, and measures that alone", async () => {
  const files = photosIn({
    ...{ "photos/train": 6, "photos/valid": 2, "photos/test": 3 },
  });
  await inSandbox(files, async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const [run, data] = [sandbox.path("run"), sandbox.path("photos")];
    const measured = await sandbox.run("eval", run, data);
    strictEqual(measured.code, 0, measured.stderr);
    match(measured.stderr, /reading .*photos\/test/);
    match(measured.stdout, /^accuracy .* of 6 /m);
  });
});

Deno.test("train and extract skip links into the data set, and say so", async () => {
  await inSandbox(photos(), async (sandbox) => {
    await Deno.symlink("..", sandbox.path("photos/red/all"));
    await Deno.symlink("red", sandbox.path("photos/rouge"));
    const { code, stderr } = await sandbox.train("run");
    strictEqual(code, 0, stderr);
    match(stderr, /red\/all is skipped: a link out of its class into the data/);
    match(stderr, /rouge is skipped: a link into the data set, to .*red/);
    strictEqual(await sandbox.text("run/labels.txt"), "blue moon\nred\n");
    match(await sandbox.text("run/skipped.csv"), /^red\/all,/m);
    const npy = ["--npy", sandbox.path("rows.npy")];
    const [data, ...model] = sandbox.trainArguments("").slice(0, 5);
    const extracted = await sandbox.run("extract", data, ...model, ...npy);
    match(extracted.stdout, /16 rows/);
    match(await sandbox.text("rows.skipped.csv"), /^rouge,/m);
  });
});

Deno.test("train names folders and files whose names are not UTF-8", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const make = async (script: string) => {
      const { success } = await new Deno.Command("sh", {
        args: ["-c", script],
        cwd: sandbox.path("photos"),
      }).output();
      ok(success);
    };
    await make(`cp red/0.png "$(printf 'caf\\351').png"`);
    await make(`cp red/0.png "red/$(printf 'caf\\351').png"`);
    const { code, stderr } = await sandbox.train("run");
    strictEqual(code, 0, stderr);
    match(stderr, /red\/caf\ufffd\.png is skipped: its name is not UTF-8/);
    await make(`cp -r red "$(printf 'caf\\351')"`);
    checkRefusal(await sandbox.train("other"), {
      code: 1,
      message: /photos: "caf\ufffd": its name is not UTF-8 .*rename it/,
    });
  });
});

Deno.test("train warns of copies before it says that a class has too few pictures", async () => {
  const own = photos(["a"], { each: 6 });
  const copies = Object.entries(own).map(([path, bytes]) => [
    path.replace("photos/a/", "photos/b/"),
    bytes,
  ]);
  const files = { ...own, ...Object.fromEntries(copies) };
  await inSandbox(files, async (sandbox) => {
    const result = await sandbox.train("run");
    match(result.stderr, /warning: 6 pictures are in two classes/);
    checkRefusal(result, {
      code: 1,
      message: /b: 6 images, all of them also in a; move them to one class/,
    });
  });
});
