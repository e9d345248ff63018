import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { inFolder } from "../cli/testing.ts";
import { checkIsFree, createRunFolder, RunFolder } from "./run_folder.ts";

function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("createRunFolder() makes the folder that is asked for, with those above", async () => {
  await inFolder(async (root) => {
    const path = join(root, "a", "b");
    strictEqual((await createRunFolder({ path, data: "x" })).path, path);
    deepStrictEqual(namesIn(path), []);
    // Empty, it is free still.
    strictEqual((await createRunFolder({ path, data: "x" })).path, path);
  });
});

Deno.test("checkIsFree() refuses a folder with files, but not one with half-written ones", async () => {
  await inFolder(async (root) => {
    await checkIsFree(join(root, "new"));
    await Deno.writeTextFile(join(root, ".run.json.0123456789ab.tmp"), "{");
    await checkIsFree(root);
    await Deno.writeTextFile(join(root, "run.json"), "{");
    await rejects(checkIsFree(root), {
      name: "UsageError",
      message:
        `${root} holds files already (run.json): give --out a new folder, or go on with --resume ${root}`,
    });
    await rejects(checkIsFree(join(root, "run.json")), {
      name: "InputError",
      message: /a part of the path is a file, not a folder/,
    });
  });
});

Deno.test("removeTemporaries() removes what a killed process left, and nothing else", async () => {
  await inFolder(async (root) => {
    const folder = new RunFolder(root);
    await folder.write("labels.txt", "a\n");
    await folder.write("model/model.json", "{}");
    for (const place of ["", "model"]) {
      const temporary = join(root, place, ".x.npy.0123456789ab.tmp");
      await Deno.writeTextFile(temporary, "half");
    }
    await folder.removeTemporaries();
    deepStrictEqual(namesIn(root), ["labels.txt", "model"]);
    deepStrictEqual(namesIn(join(root, "model")), ["model.json"]);
  });
});

Deno.test("readRecord() says of any other folder that it is no run", async () => {
  await inFolder(async (root) => {
    for (const path of [root, join(root, "gone")]) {
      await rejects(new RunFolder(path).readRecord(), {
        name: "UsageError",
        message:
          `${path} is no run: expected a folder that \`espalier train\` made, with a run.json`,
      });
    }
  });
});
