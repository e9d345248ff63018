import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { scanFolder } from "./class_folders.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

Deno.test("scanFolder() lists classes and pictures in code point order, at any depth", async () => {
  await using root = await temporaryFolder({
    "tulips/b.jpg": "",
    "tulips/a.png": "",
    "roses/2019/x.JPG": "",
    "roses/no extension": "",
    'Größe, "x"/1.jpg': "",
  });
  const { labels, records, warnings } = await scanFolder(root.path);
  deepStrictEqual(labels, ['Größe, "x"', "roses", "tulips"]);
  deepStrictEqual(records.map((record) => record.path), [
    'Größe, "x"/1.jpg',
    "roses/2019/x.JPG",
    "roses/no extension",
    "tulips/a.png",
    "tulips/b.jpg",
  ]);
  deepStrictEqual(records[1], {
    path: "roses/2019/x.JPG",
    file: root.join("roses/2019/x.JPG"),
    label: "roses",
  });
  deepStrictEqual(warnings, []);
});

Deno.test("scanFolder() passes over hidden files and what is obviously no picture", async () => {
  await using root = await temporaryFolder({
    "a/1.jpg": "",
    "a/._1.jpg": "",
    "a/.DS_Store": "",
    "a/Thumbs.db": "",
    "a/desktop.ini": "",
    "a/notes.TXT": "",
    "a/labels.csv": "",
    "a/.hidden/2.jpg": "",
    "b/1.jpg": "",
    ".git/1.jpg": "",
    "__MACOSX/b/1.jpg": "",
    "README.md": "",
    "top.jpg": "",
  });
  const { labels, records } = await scanFolder(root.path);
  deepStrictEqual(labels, ["a", "b"]);
  deepStrictEqual(records.map((record) => record.path), [
    "a/1.jpg",
    "b/1.jpg",
  ]);
});

Deno.test("scanFolder() follows links, and comes back from those that run in a circle", async () => {
  await using folder = await temporaryFolder({
    "data/a/1.jpg": "",
    "data/a/deep/2.jpg": "",
    "elsewhere/3.jpg": "",
  });
  const root = folder.join("data");
  await Deno.symlink(root, join(root, "a/deep/up"));
  await Deno.symlink(join(root, "a"), join(root, "a/self"));
  await Deno.symlink(folder.join("elsewhere"), join(root, "b"));
  const { records } = await scanFolder(root);
  deepStrictEqual(records.map((record) => record.path), [
    "a/1.jpg",
    "a/deep/2.jpg",
    "a/deep/up/b/3.jpg",
    "b/3.jpg",
  ]);
});

Deno.test("scanFolder() lists a broken link, so that it is reported as unreadable", async () => {
  await using root = await temporaryFolder({ "a/1.jpg": "", "b/1.jpg": "" });
  await Deno.symlink(root.join("gone"), root.join("b/2.jpg"));
  strictEqual((await scanFolder(root.path)).records.length, 3);
});

Deno.test("scanFolder() takes the first pictures of each class up to the limit", async () => {
  await using root = await temporaryFolder({
    "a/3.jpg": "",
    "a/1.jpg": "",
    "a/2.jpg": "",
    "b/1.jpg": "",
  });
  const { records } = await scanFolder(root.path, { limit: 2 });
  deepStrictEqual(records.map((record) => record.path), [
    "a/1.jpg",
    "a/2.jpg",
    "b/1.jpg",
  ]);
  await rejects(scanFolder(root.path, { limit: 0 }), { name: "UsageError" });
  await rejects(scanFolder(root.path, { limit: NaN }), { name: "UsageError" });
});

Deno.test("scanFolder() warns of classes that differ only in case or encoding", async () => {
  await using root = await temporaryFolder({
    "cafe\u0301/1.jpg": "",
    "caf\u00e9/1.jpg": "",
    "Cat/1.jpg": "",
    "cat/1.jpg": "",
  });
  const { labels, warnings } = await scanFolder(root.path);
  strictEqual(labels.length, 4);
  deepStrictEqual(warnings.map((warning) => warning.kind), [
    "similar-labels",
    "similar-labels",
  ]);
});

const flat = Object.fromEntries(
  ["1.jpg", "2.jpg", "x.txt", ".hidden"].map((name) => [name, ""]),
);

Deno.test("scanFolder() names a folder without class folders, and what it found", async () => {
  await using root = await temporaryFolder(flat);
  await rejects(scanFolder(root.path), {
    name: "UsageError",
    message:
      `${root.path}: no class folders. Expected ${root.path}/<class>/*.jpg; found 2 images at the top level`,
  });
});

Deno.test("scanFolder() names a folder that is missing, and a file in its place", async () => {
  await using root = await temporaryFolder(flat);
  await rejects(scanFolder(root.join("gone")), {
    name: "UsageError",
    message: /gone: no such folder; expected/,
  });
  await rejects(scanFolder(root.join("1.jpg")), {
    name: "UsageError",
    message: /1\.jpg: a file, not a folder/,
  });
});

Deno.test("scanFolder() names the only class, but for those who need no more", async () => {
  await using root = await temporaryFolder({ "cats/1.jpg": "" });
  await rejects(scanFolder(root.path), {
    name: "UsageError",
    message:
      `${root.path}: only one class with images (cats); add a folder for each other class`,
  });
  strictEqual(
    (await scanFolder(root.path, { minimumClasses: 1 })).records.length,
    1,
  );
});

Deno.test("scanFolder() names an empty class", async () => {
  await using root = await temporaryFolder({
    "cats/1.jpg": "",
    "dogs/notes.txt": "",
  });
  await rejects(scanFolder(root.path), {
    name: "InputError",
    message: `${root.join("dogs")}: no images; add some or remove the folder`,
  });
});

Deno.test("scanFolder() refuses a class name that would break labels.txt", async () => {
  await using root = await temporaryFolder({
    "cats/1.jpg": "",
    "do\ngs/1.jpg": "",
  });
  await rejects(scanFolder(root.path), {
    name: "InputError",
    message: /"do\\ngs" has a line break/,
  });
});
