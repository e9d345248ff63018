import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { silentWatcher } from "../watcher.ts";
import { listPictures, listRecords } from "./pictures.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

Deno.test("listRecords() lists class folders in path order, one class too", async () => {
  const paths = ["b/2.jpg", "b/1.jpg", "b/deep/3.jpg", "stray.jpg", ".git/x"];
  await using root = await temporaryFolder(
    Object.fromEntries(paths.map((path) => [path, path])),
  );
  const { records } = await listRecords(root.path);
  deepStrictEqual(records.map(({ path, label }) => [path, label]), [
    ["b/1.jpg", "b"],
    ["b/2.jpg", "b"],
    ["b/deep/3.jpg", "b"],
  ]);
  const few = await listRecords(root.path, { limit: 1, seed: 3 });
  strictEqual(few.records.length, 1);
  deepStrictEqual(await listRecords(root.path, { limit: 1, seed: 3 }), few);
});

Deno.test("listRecords() lists a folder that has no folders", async () => {
  await using root = await temporaryFolder({
    "2.jpg": "",
    "1.jpg": "",
    "notes.txt": "",
  });
  const { records } = await listRecords(root.path, { limit: 2 });
  deepStrictEqual(records, [
    { path: "1.jpg", file: root.join("1.jpg"), label: "" },
    { path: "2.jpg", file: root.join("2.jpg"), label: "" },
  ]);
});

Deno.test("listPictures() says what standard input is, under any name", async () => {
  await rejects(listPictures(["-"]), /standard input and output are not used/);
  await rejects(listPictures(["/dev/stdin"]), /is among the system.s devices/);
});

Deno.test("listRecords() lists all parts of a data set by paths that name them, and enters a wrapped folder", async () => {
  await using root = await temporaryFolder({
    "set/train/a/1.jpg": "",
    "set/train/b/1.jpg": "",
    "set/val/b/1.jpg": "",
    "set/test/1.jpg": "",
    "set/test/2.jpg": "",
    "__MACOSX/set/train/a/._1.jpg": "",
    "labels.csv": "",
  });
  const notes: string[] = [];
  const watcher = {
    ...silentWatcher,
    note: (note: string) => void notes.push(note),
  };
  const { records, warnings, skipped } = await listRecords(root.path, {
    watcher,
  });
  deepStrictEqual(records.map(({ path, label }) => [path, label]), [
    ["test/1.jpg", ""],
    ["test/2.jpg", ""],
    ["train/a/1.jpg", "a"],
    ["train/b/1.jpg", "b"],
    ["val/b/1.jpg", "b"],
  ]);
  strictEqual(records[4].file, root.join("set/val/b/1.jpg"));
  deepStrictEqual([warnings, skipped], [[], []]);
  strictEqual(notes.length, 1);
  const few = await listRecords(root.path, { limit: 1 });
  strictEqual(few.records.length, 4);
});

Deno.test("listPictures() skips a link to a folder around the one that is named", async () => {
  await using root = await temporaryFolder({ "a/1.jpg": "", "b/2.jpg": "" });
  await Deno.symlink("..", root.join("a/all"));
  await Deno.symlink("../b", root.join("a/b"));
  const skipped: string[] = [];
  const files = await listPictures([root.join("a")], {
    skip: ({ path }) => void skipped.push(path),
  });
  deepStrictEqual(files, [root.join("a/1.jpg"), root.join("a/b/2.jpg")]);
  deepStrictEqual(skipped, [root.join("a/all")]);
});

Deno.test("listPictures() names what is left out of a folder without pictures", async () => {
  await using root = await temporaryFolder({ "notes.txt": "" });
  await rejects(listPictures([root.path]), {
    message: `${root.path}: no images; name a folder that has some`,
  });
  await Deno.symlink("gone", root.join("1.jpg"));
  await rejects(listPictures([root.path]), {
    message:
      `${root.path}: no images but what is left out, such as 1.jpg (a broken link to gone); name a folder that has some`,
  });
});

Deno.test("listRecords() refuses a line break in a name, and a folder that is not there", async () => {
  await using root = await temporaryFolder({ "a/x\ny.jpg": "" });
  await rejects(listRecords(root.path), /"a\/x\\ny\.jpg" has a line break/);
  await rejects(listRecords(root.join("b")), /b: no such folder/);
});
