import {
  deepStrictEqual,
  match,
  notDeepStrictEqual,
  ok,
  strictEqual,
} from "@std/assert";
import { checkRefusal, inSandbox, photos } from "../../tests/cli/_sandbox.ts";
import { placeholderGraph } from "../features/testing.ts";
import { eventsOf } from "./testing.ts";

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

const runFiles = [
  ".lock",
  ...["batches.csv", "checkpoints", "confusion.csv", "confusion.svg"],
  ...["curves.svg", "grid.svg", "labels.txt", "log.jsonl", "model"],
  ...["predictions.csv", "report.html", "results.csv", "run.json"],
  ...["skipped.csv", "split.csv"],
];

Deno.test("train makes the whole run folder of a folder of photos", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const { code, stdout } = await sandbox.train("run");
    strictEqual(code, 0);
    match(stdout, /^test accuracy \d+\.\d %, \d of 2 \(95 % interval /);
    const names = [...Deno.readDirSync(sandbox.path("run"))];
    deepStrictEqual(names.map(({ name }) => name).sort(), runFiles);
    strictEqual(await sandbox.text("run/labels.txt"), "blue moon\nred\n");
  });
});

Deno.test("train --json prints JSON lines only, and what came of it in the last", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const result = await sandbox.train("run", "--json");
    const { event, run, validation, test } = eventsOf(result).at(-1) ?? {};
    strictEqual(event, "done");
    strictEqual(run, sandbox.path("run"));
    const predictions = (await sandbox.text("run/predictions.csv")).split("\n");
    const right = predictions.slice(1).filter((line) => {
      const [, truth, predicted] = line.split(",");
      return line !== "" && truth === predicted;
    });
    for (const part of [validation, test]) {
      const { accuracy, n } = Object(part);
      strictEqual(n, 2);
      ok(accuracy >= 0 && accuracy <= 1);
    }
    strictEqual(Object(test).accuracy, right.length / 2);
  });
});

Deno.test("train keeps the command that makes the run again, for a folder of its own", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const { code } = await sandbox.train("run", "--no-fold", "--rate", "0.1");
    strictEqual(code, 0);
    const { command } = JSON.parse(await sandbox.text("run/run.json"));
    strictEqual(
      command,
      `./espalier train ${sandbox.path("photos")} --model ${
        sandbox.path("net.pb")
      } --bottleneck-tensor features:0 --no-fold --rate 0.1 --steps 3`,
    );
    ok((await sandbox.text("run/report.html")).includes(command));
  });
});

for (
  const { fault, files, code, message } of [
    {
      fault: "no such folder",
      files: {},
      code: 2,
      message: /photos: no such folder; expected .*<class>/,
    },
    {
      fault: "a file in its place",
      files: { photos: "text" },
      code: 2,
      message: /photos: a file, not a folder/,
    },
    {
      fault: "no class folders",
      files: { "photos/1.png": new Uint8Array(9) },
      code: 2,
      message: /no class folders\. Expected .*found 1 image at the top level/,
    },
    {
      fault: "one class",
      files: photos(["red"]),
      code: 2,
      message: /only one class with images \(red\)/,
    },
    {
      fault: "an empty class",
      files: { ...photos(["red"]), "photos/blue/notes.txt": "" },
      code: 1,
      message: /blue: no images; add some or remove the folder/,
    },
    {
      fault: "fewer images than splits",
      files: photos(["blue", "red"], { each: 2 }),
      code: 1,
      message: /blue: 2 images; need at least 3 for train, validation and test/,
    },
  ] as const
) {
  Deno.test(`train refuses ${fault}, and makes no run folder`, async () => {
    await inSandbox(files, async (sandbox) => {
      checkRefusal(await sandbox.train("run"), { code, message });
      ok(!exists(sandbox.path("run")));
    });
  });
}

Deno.test("train says that --limit left too few images", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const message = /blue moon: 2 images; .* \(with --limit 2\)$/;
    const result = await sandbox.train("run", "--limit", "2");
    checkRefusal(result, { code: 1, message });
  });
});

Deno.test("train --limit draws photos of each class by the seed, whatever other classes there are", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const takenBy = async (name: string, ...args: string[]) => {
      const { code, stderr } = await sandbox.train(
        name,
        "--limit",
        "3",
        ...args,
      );
      strictEqual(code, 0, stderr);
      return pathsOf(await sandbox.text(`${name}/split.csv`));
    };
    const taken = await takenBy("run");
    strictEqual(taken.length, 6);
    notDeepStrictEqual(
      taken.map((path) => path.split("/")[1]),
      ["0.png", "1.png", "2.png", "0.png", "1.png", "2.png"],
    );
    notDeepStrictEqual(await takenBy("other seed", "--seed", "1"), taken);
    const more = Object.entries(photos(["x", "y", "green"]));
    await sandbox.write(
      Object.fromEntries(more.filter(([path]) => path.includes("/green/"))),
    );
    const beside = await takenBy("beside");
    strictEqual(beside.length, 9);
    deepStrictEqual(beside.filter((path) => taken.includes(path)), taken);
  });
});

/** The paths of `split.csv`. */
function pathsOf(text: string): string[] {
  return text.trim().split("\n").slice(1).map((line) => line.split(",")[1]);
}

Deno.test("train --test tests on all of another folder", async () => {
  const held = photos(undefined, { each: 9, folder: "held" });
  const files = Object.entries(held).filter(([name]) => name.includes("8."));
  await inSandbox(
    { ...photos(), ...Object.fromEntries(files) },
    async (sandbox) => {
      const test = ["--test", sandbox.path("held"), "--json"];
      const { n } = Object(eventsOf(await sandbox.train("run", ...test)).at(-1))
        .test;
      strictEqual(n, 2);
    },
  );
});

Deno.test("train refuses a test folder with a class that is not trained", async () => {
  const held = photos(["green"], { folder: "held" });
  await inSandbox({ ...photos(), ...held }, async (sandbox) => {
    const result = await sandbox.train("run", "--test", sandbox.path("held"));
    checkRefusal(result, {
      code: 1,
      message: /test folder has a class "green" .* expected blue moon, red/,
    });
  });
});

Deno.test("train with the same seed gives the same bytes, with another others", async () => {
  await inSandbox(photos(), async (sandbox) => {
    for (const [name, seed] of [["one", "7"], ["two", "7"], ["other", "8"]]) {
      strictEqual((await sandbox.train(name, "--seed", seed)).code, 0);
    }
    const same = [
      ...["batches.csv", "log.jsonl", "results.csv", "split.csv"],
      ...["predictions.csv", "grid.svg", "curves.svg", "confusion.svg"],
      ...["model/model.json", "model/model.safetensors"],
    ];
    for (const name of same) {
      const [one, two] = await Promise.all(
        ["one", "two"].map((run) => sandbox.bytes(`${run}/${name}`)),
      );
      deepStrictEqual(one, two, name);
    }
    ok(
      await sandbox.text("one/batches.csv") !==
        await sandbox.text("other/batches.csv"),
    );
  });
});

Deno.test("train refuses a folder that holds files, before any picture is read", async () => {
  const files = { ...photos(), "run/notes.txt": "mine" };
  await inSandbox(files, async (sandbox) => {
    checkRefusal(await sandbox.train("run"), {
      code: 2,
      message:
        /run holds files already \(notes\.txt\): give --out a new folder/,
    });
    deepStrictEqual(await sandbox.text("run/notes.txt"), "mine");
    ok(!exists(sandbox.path("home/features")));
  });
});

Deno.test("train says why its folder cannot be made", async () => {
  await inSandbox({ ...photos(), file: "text" }, async (sandbox) => {
    checkRefusal(await sandbox.train("file/run"), {
      code: 1,
      message: /Cannot write ".*file\/run": a part of the path is a file/,
    });
  });
});

Deno.test("train refuses a batch that is larger than the data", async () => {
  await inSandbox(photos(), async (sandbox) => {
    checkRefusal(await sandbox.train("run", "--batch", "13"), {
      code: 1,
      message:
        /batch of 13 is larger than the 12 training images: use --batch 12/,
    });
    ok(!exists(sandbox.path("run")));
  });
});

Deno.test("train refuses flags it does not know, with the one that was meant", async () => {
  await inSandbox({}, async (sandbox) => {
    checkRefusal(await sandbox.run("train", "--sead", "1"), {
      code: 2,
      message: /unknown option --sead.*--seed/,
    });
    checkRefusal(await sandbox.run("train", "--recipe", "modern"), {
      code: 2,
      message: /--recipe takes default, classic, onecycle, got "modern"/,
    });
    checkRefusal(await sandbox.run("train", "--rate", "0", "--bottlenecks"), {
      code: 2,
      message: /--bottlenecks needs a value/,
    });
  });
});

Deno.test("train without data or models names the command that fetches them", async () => {
  await inSandbox(photos(), async (sandbox) => {
    checkRefusal(await sandbox.run("train"), {
      code: 2,
      message: /espalier fetch/,
    });
    checkRefusal(await sandbox.run("train", sandbox.path("photos")), {
      code: 2,
      message: /espalier fetch efficientnet-lite0/,
    });
  });
});

Deno.test("train records --no-exif and --no-fold, and resumes with them", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const trained = await sandbox.train("run", "--no-exif", "--no-fold");
    strictEqual(trained.code, 0);
    const { settings, model } = JSON.parse(await sandbox.text("run/run.json"));
    strictEqual(settings.exif, false);
    deepStrictEqual(model.without, ["foldBatchNorm"]);
    await Deno.remove(sandbox.path("run/report.html"));
    const resumed = await sandbox.run("train", "--resume", sandbox.path("run"));
    strictEqual(resumed.code, 0, resumed.stderr);
    match(resumed.stderr, /cached 16|16 images/);
  });
});

Deno.test("train takes a graph that starts at a placeholder, with the size that is asked for", async () => {
  const graph = placeholderGraph({ shape: [-1, -1, -1, 3] });
  await inSandbox({ ...photos(), "open.pb": graph }, async (sandbox) => {
    const open = ["--model", sandbox.path("open.pb")];
    checkRefusal(await sandbox.train("run", ...open), {
      code: 2,
      message: /--input-size/,
    });
    const sized = await sandbox.train("run", ...open, "--input-size", "8");
    strictEqual(sized.code, 0, sized.stderr);
    const { model } = JSON.parse(await sandbox.text("run/run.json"));
    strictEqual(model.preprocessing.kind, "resize");
    strictEqual(model.preprocessing.size, 8);
  });
});

Deno.test("train refuses what no data could be trained with before any picture is read", async () => {
  await inSandbox(photos(), async (sandbox) => {
    for (
      const [args, message] of [
        [["--epochs", "3"], /--steps and --epochs say the same/],
        [["--rate", "0"], /--rate is 0, expected a number above 0/],
      ] as const
    ) {
      const result = await sandbox.train("run", ...args);
      checkRefusal(result, { code: 2, message });
      ok(!/images/.test(result.stderr), result.stderr);
    }
  });
});
