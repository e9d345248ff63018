import { deepStrictEqual, rejects } from "@std/assert";
import { dirname, join } from "@std/path";
import { listRecords } from "./pictures.ts";

async function inFolderOf(
  paths: readonly string[],
  test: (root: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    for (const path of paths) {
      await Deno.mkdir(dirname(join(root, path)), { recursive: true });
      await Deno.writeTextFile(join(root, path), path);
    }
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("listRecords() lists class folders in path order, one class too", async () => {
  const paths = ["b/2.jpg", "b/1.jpg", "b/deep/3.jpg", "stray.jpg", ".git/x"];
  await inFolderOf(paths, async (root) => {
    const { records } = await listRecords(root);
    deepStrictEqual(records.map(({ path, label }) => [path, label]), [
      ["b/1.jpg", "b"],
      ["b/2.jpg", "b"],
      ["b/deep/3.jpg", "b"],
    ]);
    const few = await listRecords(root, { limit: 1 });
    deepStrictEqual(few.records.map(({ path }) => path), ["b/1.jpg"]);
  });
});

Deno.test("listRecords() lists a folder that has no folders", async () => {
  await inFolderOf(["2.jpg", "1.jpg", "notes.txt"], async (root) => {
    const { records } = await listRecords(root, { limit: 2 });
    deepStrictEqual(records, [
      { path: "1.jpg", file: join(root, "1.jpg"), label: "" },
      { path: "2.jpg", file: join(root, "2.jpg"), label: "" },
    ]);
  });
});

Deno.test("listRecords() refuses a line break in a name, and a folder that is not there", async () => {
  await inFolderOf(["a/x\ny.jpg"], async (root) => {
    await rejects(listRecords(root), /"a\/x\\ny\.jpg" has a line break/);
    await rejects(listRecords(join(root, "b")), /b: no such folder/);
  });
});
