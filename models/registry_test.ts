import { deepStrictEqual, match, ok, strictEqual, throws } from "@std/assert";
import { UsageError } from "../src/errors.ts";
import { models } from "./known_models.ts";
import type { ModelEntry } from "./model_entry.ts";
import { networkNamed, networkNames } from "./named_networks.ts";
import { chooseModel, isModelName, modelNamed, needOf } from "./registry.ts";

Deno.test("models have names of their own, well-formed digests and secure addresses", () => {
  strictEqual(new Set(models.map(({ name }) => name)).size, models.length);
  for (const { name, bytes, published, sources, ...entry } of models) {
    ok(bytes > 0, name);
    ok(entry.provenance.length > 30, name);
    ok(entry.licence, name);
    if ("sha256" in published) {
      match(published.sha256, /^[0-9a-f]{8}([0-9a-f]{56})?$/, name);
      strictEqual(
        published.sha256.length === 64,
        published.by === "sha256",
        name,
      );
    }
    if ("md5" in published) match(published.md5, /^[0-9a-f]{32}$/, name);
    for (const source of sources) {
      // The release of 2015 has no other address; its digest is known whole.
      const { url } = { url: "https://", ...source };
      ok(url.startsWith("https://") || name === "inception-v3-2015", url);
      if (source.kind === "wheel") {
        const { package: packed, version, url } = source;
        const start = `${packed.replaceAll("-", "_")}-${version}-`;
        strictEqual(url.split("/").at(-1)?.indexOf(start), 0, url);
      }
      if (source.kind !== "file") match(source.sha256, /^[0-9a-f]{64}$/);
    }
  }
});

Deno.test("every name of a network names a model, of that network", () => {
  for (const name of networkNames) {
    const { content } = modelNamed(name);
    // What stands for the tutorial's network is a graph and no state dict.
    if (name === "inception-v3") strictEqual(content.kind, "graph");
    else deepStrictEqual(content, { kind: "weights", ...networkNamed(name) });
  }
});

Deno.test("isModelName() knows names in full and short ones, and no others", () => {
  ok(isModelName("inception-v3-2015"));
  ok(isModelName("mobilenet-v1-0.25"));
  strictEqual(modelNamed("mobilenet-v1").name, "mobilenet-v1-1.0-224");
  ok(!isModelName("toString"));
});

Deno.test("modelNamed() says what was meant, and what variants there are", () => {
  for (
    const [name, says] of [
      ["resnet50", /Did you mean resnet-50\?$/],
      ["ResNet-18", /Did you mean resnet-18\?$/],
      ["eficientnet-lite0", /Did you mean efficientnet-lite0\?$/],
      ["inception", /Did you mean inception-v3\?$/],
      ["mobilenetv2", /Did you mean mobilenet-v2\?$/],
      ["mobilenet-v1-0.3-128", /ALPHA of 1\.0, 0\.75, 0\.5 or 0\.25 and a/],
      ["mobilenet-v1-0.5-100", /SIZE of 224, 192, 160 or 128$/],
      ["yolo", /"\.\/espalier fetch --list" lists them, .*\.h5\)$/],
    ] as const
  ) {
    throws(() => modelNamed(name), (error: Error) => {
      ok(error instanceof UsageError);
      match(error.message, says);
      return true;
    });
  }
});

/** A store that has these. */
function storeOf(...names: string[]) {
  return {
    has: ({ name }: ModelEntry) => Promise.resolve(names.includes(name)),
  };
}

Deno.test("chooseModel() takes the 2015 release if the store has it, else EfficientNet-Lite0, whatever else is there", async () => {
  const [release, usual] = ["inception-v3-2015", "efficientnet-lite0"];
  const both = await chooseModel(storeOf(release, usual));
  strictEqual(both.entry.name, release);
  strictEqual(both.reason, "the 2015 release is in the store");
  for (const names of [[], [usual], ["inception-v3-npm", "resnet-50"]]) {
    const { entry, reason = "" } = await chooseModel(storeOf(...names));
    strictEqual(entry.name, usual);
    match(reason, /espalier fetch inception-v3-2015/);
  }
  strictEqual(needOf(undefined).fetches, usual);
});

Deno.test("chooseModel() takes for inception-v3 the release, else the one of the package, and says which", async () => {
  const choose = async (...names: string[]) => {
    const { entry, reason } = await chooseModel(
      storeOf(...names),
      "inception-v3",
    );
    return [entry.name, reason];
  };
  const inStore = "the 2015 release is in the store";
  const [release, standIn] = ["inception-v3-2015", "inception-v3-npm"];
  deepStrictEqual(await choose(standIn, release), [release, inStore]);
  const [name, reason] = await choose(standIn, "efficientnet-lite0");
  strictEqual(name, standIn);
  match(`${reason}`, /the 2015 release is not in the store/);
  deepStrictEqual(
    (await chooseModel(storeOf(), "resnet-50")).reason,
    undefined,
  );
});
