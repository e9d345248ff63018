import { deepStrictEqual, doesNotMatch, match, strictEqual } from "@std/assert";
import { inSandbox, photos } from "../../tests/cli/_sandbox.ts";
import { eventsOf } from "./testing.ts";

Deno.test("compare ranks only runs of the same test photos together, and says how many others share", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const seeds = { one: "0", two: "0", other: "1" };
    for (const [name, seed] of Object.entries(seeds)) {
      const { code } = await sandbox.train(name, "--seed", seed);
      strictEqual(code, 0);
    }
    const out = ["--out", sandbox.path("runs.svg")];
    const of = (...names: string[]) => [
      ...names.map((name) => sandbox.path(name)),
      ...out,
    ];
    const same = await sandbox.run("compare", ...of("one", "two"));
    strictEqual(same.code, 0);
    doesNotMatch(same.stdout + same.stderr, /tested on|warning/);
    const all = of("one", "other", "two");
    const { code, stdout, stderr } = await sandbox.run("compare", ...all);
    strictEqual(code, 0);
    match(
      stdout,
      /^tested on 2 photos of 2 classes\nrun .*\n\S*one .*\n\S*two .*\n\ntested on 2 photos of 2 classes, \d of them in the first table, too\nrun .*\n\S*other /,
    );
    match(stderr, /warning: these runs were tested on different photos/);
    const events = eventsOf(await sandbox.run("compare", ...all, "--json"));
    deepStrictEqual(
      events.map(({ run, testData }) => run && [run, testData]),
      [
        [sandbox.path("one"), 0],
        [sandbox.path("two"), 0],
        [sandbox.path("other"), 1],
        undefined,
      ],
    );
    const [first, second] = Array.from(Object(events.at(-1)).testData, Object);
    strictEqual(first.pictures, 2);
    strictEqual(first.sharedWithFirst, 2);
    deepStrictEqual(second.runs, [sandbox.path("other")]);
  });
});
