import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../errors.ts";
import {
  createFolder,
  isFolder,
  isTemporaryName,
  replaceFile,
} from "./atomic.ts";
import { temporaryFolder } from "./temporary_folder_testing.ts";

for (const durable of [true, false]) {
  Deno.test(`replaceFile() writes and replaces, durable ${durable}`, async () => {
    await using folder = await temporaryFolder();
    const path = folder.join("run.json");
    await replaceFile(path, "old and longer", { durable });
    await replaceFile(path, new Uint8Array([104, 105]), { durable });
    strictEqual(await Deno.readTextFile(path), "hi");
    deepStrictEqual(folder.names(), ["run.json"]);
  });
}

Deno.test("replaceFile() takes names as long as the file system does", async () => {
  await using folder = await temporaryFolder();
  const name = "花".repeat(85);
  await replaceFile(folder.join(name), "x");
  deepStrictEqual(folder.names(), [name]);
});

Deno.test("replaceFile() names the path and what to do if it cannot write", async () => {
  await using folder = await temporaryFolder();
  const file = folder.join("file");
  await replaceFile(file, "kept");
  await rejects(replaceFile(join(file, "x"), ""), {
    name: "InputError",
    message: `Cannot write ${JSON.stringify(join(file, "x"))}: ` +
      "a part of the path is a file, not a folder; check the path",
  });
  await rejects(replaceFile(folder.join("missing", "x"), ""), InputError);
  strictEqual(await Deno.readTextFile(file), "kept");
});

Deno.test("replaceFile() leaves nothing behind if the rename fails", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(folder.join("name", "child"), { recursive: true });
  await rejects(replaceFile(folder.join("name"), "x"), InputError);
  deepStrictEqual(folder.names(), ["name"]);
});

Deno.test("replaceFile() called at once by many leaves one whole file", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("x");
  const contents = Array.from(
    { length: 16 },
    (_, index) => `${index}`.repeat(9999),
  );
  await Promise.all(contents.map((content) => replaceFile(path, content)));
  ok(contents.includes(await Deno.readTextFile(path)));
  deepStrictEqual(folder.names(), ["x"]);
});

Deno.test("createFolder() makes a folder that is full, or none", async () => {
  await using folder = await temporaryFolder({ file: "" });
  const path = folder.join("new/one");
  await createFolder(path, async (inside) => {
    strictEqual(await isFolder(path), false);
    await Deno.writeTextFile(join(inside, "x"), "x");
  });
  ok(await isFolder(path));
  deepStrictEqual(folder.names("new/one"), ["x"]);
  const failing = createFolder(folder.join("new/two"), async (inside) => {
    await Deno.writeTextFile(join(inside, "x"), "x");
    throw new TypeError("its own");
  });
  await rejects(failing, { name: "TypeError", message: "its own" });
  deepStrictEqual(folder.names("new"), ["one"]);
  const below = createFolder(
    folder.join("file/three"),
    () => Promise.resolve(),
  );
  await rejects(below, /^InputError: Cannot write ".*": a part of the path/);
  strictEqual(await isFolder(folder.join("file/three")), false);
});

Deno.test("isTemporaryName() knows leftovers from other hidden files", () => {
  ok(isTemporaryName("a/.run.json.0123456789ab.tmp"));
  ok(!isTemporaryName("run.json"));
  ok(!isTemporaryName(".run.json.tmp"));
});

Deno.test("createFolder() removes what a killed process began, and nothing else", async () => {
  await using folder = await temporaryFolder({
    ".set.0123456789ab.tmp/half": "",
    ".set.more.0123456789ab.tmp/another's": "",
    ".setting": "",
  });
  await createFolder(
    folder.join("set"),
    (temporary) => Deno.writeTextFile(join(temporary, "whole"), "x"),
  );
  deepStrictEqual(
    [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(),
    [".set.more.0123456789ab.tmp", ".setting", "set"],
  );
});
