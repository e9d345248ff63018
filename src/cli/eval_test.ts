import { deepStrictEqual, match, strictEqual } from "@std/assert";
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
