import { deepStrictEqual, ok } from "@std/assert";
import manifest from "../deno.json" with { type: "json" };

const root = new URL("../", import.meta.url);

/** Names that a module exports, types among them. */
async function exportsOf(entry: string): Promise<string[]> {
  const { stdout, success } = await new Deno.Command("deno", {
    args: ["doc", "--json", new URL(entry, root).href],
    stderr: "null",
  }).output();
  ok(success, `deno doc ${entry}`);
  const { nodes }: {
    nodes: Record<string, { symbols: { name: string }[] }>;
  } = JSON.parse(new TextDecoder().decode(stdout));
  return Object.values(nodes)
    .flatMap(({ symbols }) => symbols.map(({ name }) => name)).sort();
}

Deno.test("mod.ts exports what a user calls, and the types of that", async () => {
  deepStrictEqual(await exportsOf("mod.ts"), [
    "Accuracy",
    "Augmentation",
    "DataSettings",
    "DataWarning",
    "DigestedRecord",
    "ExitCode",
    "ExtractedPictures",
    "ExtractionTools",
    "FetchOptions",
    "FetchProgress",
    "GateError",
    "ImageRecord",
    "InputError",
    "Job",
    "JsonObject",
    "JsonValue",
    "ModelRecord",
    "ModelRequest",
    "NativeNetwork",
    "NetworkBase",
    "NetworkRequest",
    "NetworkSettings",
    "OpenedRun",
    "PictureRecords",
    "Predicted",
    "PredictedPicture",
    "Prediction",
    "RecordedFeatures",
    "ResolvedModel",
    "ResolvedNetwork",
    "RunOutcome",
    "RunRecord",
    "RunSettings",
    "RunTools",
    "Session",
    "SkippedFile",
    "Store",
    "TrainRunOptions",
    "Tuner",
    "UsageError",
    "Views",
    "WatchedProgress",
    "Watcher",
    "exitCodes",
    "exportGraphDef",
    "extractPictures",
    "fetchModel",
    "listRecords",
    "openRun",
    "openRunModel",
    "openSession",
    "openStore",
    "predictClassFolders",
    "predictPictures",
    "resolveModel",
    "resolveNetwork",
    "resumeRun",
    "silentWatcher",
    "trainRun",
  ]);
});

Deno.test("every floor of the library is an entry point that can be imported", async () => {
  for (const [name, entry] of Object.entries(manifest.exports)) {
    if (name === "./cli") continue;
    const names = await exportsOf(entry);
    ok(names.length > 0, name);
  }
});

Deno.test("what is public is documented, and refers to nothing that is not", async () => {
  const entries = Object.values(manifest.exports)
    .filter((entry) => entry !== "./src/cli/mod.ts");
  const { success, stderr } = await new Deno.Command("deno", {
    args: [
      "doc",
      "--lint",
      ...entries.map((entry) => new URL(entry, root).href),
    ],
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  ok(success, new TextDecoder().decode(stderr));
});
