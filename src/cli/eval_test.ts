import { deepStrictEqual, doesNotMatch, match, strictEqual } from "@std/assert";
import { parseCsv } from "../bytes/mod.ts";
import { checkRefusal, inSandbox, photos } from "../../tests/cli/_sandbox.ts";
import { eventsOf } from "./testing.ts";

Deno.test("eval counts what predict says", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("run", "--steps", "200")).code, 0);
    // A third of what is called red is blue moon.
    for (const number of [0, 1, 2, 3]) {
      await Deno.copyFile(
        sandbox.path(`photos/blue moon/${number}.png`),
        sandbox.path(`photos/red/moon${number}.png`),
      );
      await Deno.remove(sandbox.path(`photos/blue moon/${number}.png`));
    }
    const args = [sandbox.path("run"), sandbox.path("photos")];
    const [done] = eventsOf(await sandbox.run("eval", ...args, "--json"));
    strictEqual(done.event, "done");
    deepStrictEqual(done.confusion, [[4, 0], [4, 8]]);
    strictEqual(done.accuracy, 12 / 16);
    strictEqual(done.n, 16);
    deepStrictEqual(done.classes, [
      { label: "blue moon", n: 4, precision: 0.5, recall: 1, f1: 2 / 3 },
      { label: "red", n: 12, precision: 1, recall: 8 / 12, f1: 0.8 },
    ]);
    const { stdout } = await sandbox.run("eval", ...args);
    match(
      stdout,
      /^accuracy 75\.0 %, 12 of 16 \(95 % interval 50\.5 % to 89\.8 %\)\n/,
    );
    match(stdout, /\nblue moon +4 +50\.0 % +100\.0 % +66\.7 %\n/);
    match(stdout, /\nred +4 +8\n$/);
  });
});

Deno.test("eval refuses a class that the run does not know", async () => {
  const other = photos(["green"], { folder: "other" });
  await inSandbox({ ...photos(), ...other }, async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const result = await sandbox.run(
      "eval",
      ...[sandbox.path("run"), sandbox.path("other")],
    );
    checkRefusal(result, {
      code: 1,
      message:
        /class "green" that .*run was not trained on; it knows blue moon, red/,
    });
  });
});

Deno.test("eval says that nothing could be measured, and fails", async () => {
  const bad = { "bad/red/1.jpg": "no picture", "bad/red/2.jpg": "" };
  await inSandbox({ ...photos(), ...bad }, async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const result = await sandbox.run(
      "eval",
      ...[sandbox.path("run"), sandbox.path("bad")],
    );
    checkRefusal(result, {
      code: 1,
      message: /bad: none of 2 images can be used/,
    });
  });
});

Deno.test("eval counts the run's own photos, and measures the others apart", async () => {
  const more = photos(undefined, { each: 12 });
  const names = Object.keys(more).filter((name) => !(name in photos()));
  const others = Object.fromEntries(
    names.map((name) => [name.replace("photos/", "others/"), more[name]]),
  );
  await inSandbox({ ...photos(), ...others }, async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const measure = async (folder: string) => {
      const args = [sandbox.path("run"), sandbox.path(folder)];
      const { stdout, stderr } = await sandbox.run("eval", ...args);
      const [event] = eventsOf(await sandbox.run("eval", ...args, "--json"));
      return { event, stdout, stderr };
    };
    // Of 8 photos a class 6 are trained on, 1 is validated and 1 tested on.
    const own = await measure("photos");
    deepStrictEqual(own.event.seen, { train: 12, validation: 2, test: 2 });
    strictEqual(own.event.n, 16);
    strictEqual(Object(own.event.unseen).n, 2);
    match(
      own.stderr,
      /warning: 14 of 16 photos are the run's own: trained on 12, validated on 2;/,
    );
    match(
      own.stdout,
      /^accuracy .* of 16 .*\nwithout these: accuracy .* of 2 /,
    );
    const unknown = await measure("others");
    deepStrictEqual(unknown.event.seen, { train: 0, validation: 0, test: 0 });
    strictEqual(Object(unknown.event.unseen).n, 8);
    doesNotMatch(unknown.stderr + unknown.stdout, /run's own|without/);
    // Under other names, and without the tested ones.
    const split = parseCsv(await sandbox.text("run/split.csv")).rows;
    for (const [number, path, label, part] of split) {
      if (part === "test") continue;
      await sandbox.write({
        [`seen/${label}/${number}.png`]: await sandbox.bytes(`photos/${path}`),
      });
    }
    const seen = await measure("seen");
    deepStrictEqual(seen.event.unseen, { accuracy: null, n: 0 });
    match(
      seen.stderr,
      /warning: all 14 photos are the run's own: trained on 12/,
    );
    doesNotMatch(seen.stdout, /without/);
  });
});

Deno.test("eval refuses a damaged split.csv by its line, and does without one", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const args = [sandbox.path("run"), sandbox.path("photos")];
    const text = await sandbox.text("run/split.csv");
    const damages: [string, RegExp][] = [
      [
        text.replace(",train,", ",nothing,"),
        /split\.csv, line \d+: "split" is "nothing", expected "train", /,
      ],
      [
        text.replace(/[0-9a-f]{64}/, "ab"),
        /line 2: "sha256" is "ab", expected 64 hex digits; .*--resume .*run.* writes it anew/,
      ],
      [text.replace("\n0,", '\n"0,'), /split\.csv, line 2 is no CSV;/],
      ["row,path\n0,a\n", /split\.csv has no column "label"; .*--resume/],
      ["", /split\.csv has no column "path"; .*--resume/],
    ];
    for (const [damaged, message] of damages) {
      await sandbox.write({ "run/split.csv": damaged });
      checkRefusal(await sandbox.run("eval", ...args), { code: 1, message });
    }
    await Deno.remove(sandbox.path("run/split.csv"));
    const { code, stderr } = await sandbox.run("eval", ...args);
    strictEqual(code, 0, stderr);
  });
});
