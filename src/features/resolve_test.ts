import { deepStrictEqual, match, rejects, strictEqual } from "@std/assert";
import { modelNamed } from "../../models/mod.ts";
import { sha256 } from "../bytes/mod.ts";
import { InputError, UsageError } from "../errors.ts";
import { openStore } from "../store/mod.ts";
import { locateModel, readModelFile, resolveModel } from "./resolve.ts";
import { pictureGraph, placeholderGraph } from "./testing.ts";
import {
  makePipe,
  temporaryFolder,
} from "../bytes/temporary_folder_testing.ts";

const nowhere = openStore("/no/such/home");

Deno.test("resolveModel() opens a file and digests it", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("net.pb");
  const bytes = placeholderGraph();
  await Deno.writeFile(path, bytes);
  const { model, ...facts } = await resolveModel(
    { model: path, std: 1, mean: 0, inputSize: undefined },
    { store: nowhere },
  );
  deepStrictEqual(facts, { name: "net.pb", path, sha256: sha256(bytes) });
  strictEqual(model.width, 5);
  deepStrictEqual(model.preprocessing, {
    kind: "resize",
    size: 8,
    mean: 0,
    std: 1,
  });
});

Deno.test("resolveModel() names the file where the graph needs more said", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("open.pb");
  await Deno.writeFile(path, placeholderGraph({ shape: [-1, -1, -1, 3] }));
  await rejects(
    resolveModel({ model: path }, { store: nowhere }),
    (error: unknown) => {
      strictEqual(error instanceof UsageError, true);
      match(String(error), /open\.pb".*give --input-size/);
      return true;
    },
  );
  await Deno.writeTextFile(path, "<html>");
  await rejects(
    resolveModel({ model: path }, { store: nowhere }),
    (error: unknown) => {
      strictEqual(error instanceof UsageError, false);
      strictEqual(error instanceof InputError, true);
      match(String(error), /open\.pb".*is an HTML page/);
      return true;
    },
  );
});

Deno.test("locateModel() takes EfficientNet-Lite0 by default and says how to fetch it", async () => {
  await rejects(
    locateModel(undefined, { store: nowhere }),
    /"efficientnet-lite0" is not in the store \/no\/such\/home: run "\.\/espalier fetch efficientnet-lite0"/,
  );
});

Deno.test("locateModel() refuses a name that is neither a model nor a file", async () => {
  await rejects(
    locateModel("inception", { store: nowhere }),
    /Unknown model "inception"; .*Did you mean inception-v3\?$/,
  );
  await rejects(
    locateModel("mobilenet-v1-0.3-128", { store: nowhere }),
    /Unknown model "mobilenet-v1-0\.3-128": .* ALPHA of 1\.0, 0\.75/,
  );
});

Deno.test("readModelFile() refuses a registered model that is another file", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("inception-v3-npm.pb");
  await Deno.writeFile(path, pictureGraph());
  const entry = modelNamed("inception-v3-npm");
  await rejects(
    readModelFile({ name: entry.name, path, entry, sha256: "0".repeat(64) }),
    /delete it and run "\.\/espalier fetch inception-v3-npm"/,
  );
  await rejects(
    readModelFile({ name: "gone", path: folder.join("gone.pb") }),
    /Cannot read .*gone\.pb": no such file/,
  );
});

Deno.test("locateModel() takes a file or folder that is there, whatever it is called, and names with a dot", async () => {
  await using folder = await temporaryFolder({ "net": "", "saved/a": "" });
  for (const path of [folder.join("net"), folder.join("saved"), "net.onnx"]) {
    const located = await locateModel(path, { store: nowhere });
    strictEqual(located.path, path);
  }
});

Deno.test("readModelFile() says what a folder or a pipe is that was given as a model", async () => {
  await using folder = await temporaryFolder({
    "saved/saved_model.pb": "",
    "saved/variables/variables.index": "",
    "photos/rose/1.jpg": "",
  });
  const pipe = folder.join("pipe.pb");
  await makePipe(pipe);
  for (
    const [name, says] of [
      ["saved", /saved" is a SavedModel folder; load it with tf\.saved_model/],
      ["photos", /Cannot read .*photos": it is a folder, a file is expected/],
      ["pipe.pb", /Cannot read .*pipe\.pb": it is a pipe, a file is expected/],
    ] as const
  ) await rejects(readModelFile({ name, path: folder.join(name) }), says);
});
