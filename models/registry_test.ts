import { match, ok, strictEqual } from "@std/assert";
import { chooseModel, isModelName, models } from "./registry.ts";

Deno.test("models have well-formed digests and names", () => {
  for (const [name, entry] of Object.entries(models)) {
    strictEqual(entry.name, name);
    match(entry.sha256, /^[0-9a-f]{64}$/);
    ok(entry.bytes > 0);
    ok(entry.provenance.length > 40);
    ok(entry.licence);
    match(entry.source.sha256, /^[0-9a-f]{64}$/);
  }
  ok(isModelName("inception-v3-2015"));
  ok(!isModelName("toString"));
});

Deno.test("chooseModel() takes the 2015 release if the store has it", async () => {
  const asked: string[] = [];
  const choice = await chooseModel({
    has: (entry) => {
      asked.push(entry.name);
      return Promise.resolve(true);
    },
  });
  strictEqual(choice.entry.name, "inception-v3-2015");
  strictEqual(asked.join(), "inception-v3-2015");
});

Deno.test("chooseModel() falls back to the package and says how to get the release", async () => {
  const choice = await chooseModel({ has: () => Promise.resolve(false) });
  strictEqual(choice.entry.name, "inception-v3-npm");
  match(choice.reason, /espalier fetch inception-v3-2015/);
});
