import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../errors.ts";
import { isTemporaryName, replaceFile } from "./atomic.ts";

async function withFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name);
}

for (const durable of [true, false]) {
  Deno.test(`replaceFile() writes and replaces, durable ${durable}`, () =>
    withFolder(async (folder) => {
      const path = join(folder, "run.json");
      await replaceFile(path, "old and longer", { durable });
      await replaceFile(path, new Uint8Array([104, 105]), { durable });
      strictEqual(await Deno.readTextFile(path), "hi");
      deepStrictEqual(names(folder), ["run.json"]);
    }));
}

Deno.test("replaceFile() takes names as long as the file system does", () =>
  withFolder(async (folder) => {
    const name = "花".repeat(85);
    await replaceFile(join(folder, name), "x");
    deepStrictEqual(names(folder), [name]);
  }));

Deno.test("replaceFile() names the path and what to do if it cannot write", () =>
  withFolder(async (folder) => {
    const file = join(folder, "file");
    await replaceFile(file, "kept");
    await rejects(replaceFile(join(file, "x"), ""), {
      name: "InputError",
      message: `Cannot write ${JSON.stringify(join(file, "x"))}: ` +
        "a part of the path is a file, not a folder; check the path",
    });
    await rejects(replaceFile(join(folder, "missing", "x"), ""), InputError);
    strictEqual(await Deno.readTextFile(file), "kept");
  }));

Deno.test("replaceFile() leaves nothing behind if the rename fails", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "name", "child"), { recursive: true });
    await rejects(replaceFile(join(folder, "name"), "x"), InputError);
    deepStrictEqual(names(folder), ["name"]);
  }));

Deno.test("replaceFile() called at once by many leaves one whole file", () =>
  withFolder(async (folder) => {
    const path = join(folder, "x");
    const contents = Array.from(
      { length: 16 },
      (_, index) => `${index}`.repeat(9999),
    );
    await Promise.all(contents.map((content) => replaceFile(path, content)));
    ok(contents.includes(await Deno.readTextFile(path)));
    deepStrictEqual(names(folder), ["x"]);
  }));

Deno.test("isTemporaryName() knows leftovers from other hidden files", () => {
  ok(isTemporaryName("a/.run.json.0123456789ab.tmp"));
  ok(!isTemporaryName("run.json"));
  ok(!isTemporaryName(".run.json.tmp"));
});
