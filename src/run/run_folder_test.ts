import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { checkIsFree, createRunFolder, RunFolder } from "./run_folder.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("createRunFolder() makes the folder that is asked for, with those above", async () => {
  await using root = await temporaryFolder();
  const path = root.join("a", "b");
  {
    const { folder, lock } = await createRunFolder({ path, data: "x" });
    using _lock = lock;
    strictEqual(folder.path, path);
    await rejects(createRunFolder({ path, data: "x" }), {
      name: "InputError",
      message:
        `${path} is being trained by process ${Deno.pid}: wait for it, or stop it first`,
    });
  }
  deepStrictEqual(namesIn(path), [".lock"]);
  // Without a file of a run it is free still.
  (await createRunFolder({ path, data: "x" })).lock[Symbol.dispose]();
});

Deno.test("checkIsFree() refuses a folder with files, but not one with half-written ones", async () => {
  await using root = await temporaryFolder();
  await checkIsFree(root.join("new"));
  await Deno.writeTextFile(root.join(".run.json.0123456789ab.tmp"), "{");
  await checkIsFree(root.path);
  await Deno.writeTextFile(root.join("run.json"), "{");
  await rejects(checkIsFree(root.path), {
    name: "UsageError",
    message:
      `${root.path} holds files already (run.json): give --out a new folder, or go on with --resume ${root.path}`,
  });
  await rejects(checkIsFree(root.join("run.json")), {
    name: "InputError",
    message: /a part of the path is a file, not a folder/,
  });
});

Deno.test("removeTemporaries() removes what a killed process left, and nothing else", async () => {
  await using root = await temporaryFolder();
  const folder = new RunFolder(root.path);
  await folder.write("labels.txt", "a\n");
  await folder.write("model/model.json", "{}");
  for (const place of ["", "model"]) {
    const temporary = root.join(place, ".x.npy.0123456789ab.tmp");
    await Deno.writeTextFile(temporary, "half");
  }
  await folder.removeTemporaries();
  deepStrictEqual(root.names(), ["labels.txt", "model"]);
  deepStrictEqual(namesIn(root.join("model")), ["model.json"]);
});

Deno.test("readRecord() says of any other folder that it is no run", async () => {
  await using root = await temporaryFolder();
  for (const path of [root.path, root.join("gone")]) {
    await rejects(new RunFolder(path).readRecord(), {
      name: "UsageError",
      message:
        `${path} is no run: expected a folder that \`espalier train\` made, with a run.json`,
    });
  }
});
