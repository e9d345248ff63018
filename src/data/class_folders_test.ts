import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { scanFolder } from "./class_folders.ts";
import { withFiles } from "./_temporary_folder.ts";

Deno.test("scanFolder() lists classes and pictures in code point order, at any depth", () =>
  withFiles({
    "tulips/b.jpg": "",
    "tulips/a.png": "",
    "roses/2019/x.JPG": "",
    "roses/no extension": "",
    'Größe, "x"/1.jpg': "",
  }, async (root) => {
    const { labels, records, warnings } = await scanFolder(root);
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
      file: join(root, "roses/2019/x.JPG"),
      label: "roses",
    });
    deepStrictEqual(warnings, []);
  }));

Deno.test("scanFolder() passes over hidden files and what is obviously no picture", () =>
  withFiles({
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
  }, async (root) => {
    const { labels, records } = await scanFolder(root);
    deepStrictEqual(labels, ["a", "b"]);
    deepStrictEqual(records.map((record) => record.path), [
      "a/1.jpg",
      "b/1.jpg",
    ]);
  }));

Deno.test("scanFolder() follows links, and comes back from those that run in a circle", () =>
  withFiles({
    "data/a/1.jpg": "",
    "data/a/deep/2.jpg": "",
    "elsewhere/3.jpg": "",
  }, async (folder) => {
    const root = join(folder, "data");
    await Deno.symlink(root, join(root, "a/deep/up"));
    await Deno.symlink(join(root, "a"), join(root, "a/self"));
    await Deno.symlink(join(folder, "elsewhere"), join(root, "b"));
    const { records } = await scanFolder(root);
    deepStrictEqual(records.map((record) => record.path), [
      "a/1.jpg",
      "a/deep/2.jpg",
      "a/deep/up/b/3.jpg",
      "b/3.jpg",
    ]);
  }));

Deno.test("scanFolder() lists a broken link, so that it is reported as unreadable", () =>
  withFiles({ "a/1.jpg": "", "b/1.jpg": "" }, async (root) => {
    await Deno.symlink(join(root, "gone"), join(root, "b/2.jpg"));
    strictEqual((await scanFolder(root)).records.length, 3);
  }));

Deno.test("scanFolder() takes the first pictures of each class up to the limit", () =>
  withFiles(
    { "a/3.jpg": "", "a/1.jpg": "", "a/2.jpg": "", "b/1.jpg": "" },
    async (root) => {
      const { records } = await scanFolder(root, { limit: 2 });
      deepStrictEqual(records.map((record) => record.path), [
        "a/1.jpg",
        "a/2.jpg",
        "b/1.jpg",
      ]);
      await rejects(scanFolder(root, { limit: 0 }), { name: "UsageError" });
      await rejects(scanFolder(root, { limit: NaN }), { name: "UsageError" });
    },
  ));

Deno.test("scanFolder() warns of classes that differ only in case or encoding", () =>
  withFiles({
    "cafe\u0301/1.jpg": "",
    "caf\u00e9/1.jpg": "",
    "Cat/1.jpg": "",
    "cat/1.jpg": "",
  }, async (root) => {
    const { labels, warnings } = await scanFolder(root);
    strictEqual(labels.length, 4);
    deepStrictEqual(warnings.map((warning) => warning.kind), [
      "similar-labels",
      "similar-labels",
    ]);
  }));

const flat = Object.fromEntries(
  ["1.jpg", "2.jpg", "x.txt", ".hidden"].map((name) => [name, ""]),
);

Deno.test("scanFolder() names a folder without class folders, and what it found", () =>
  withFiles(flat, (root) =>
    rejects(scanFolder(root), {
      name: "UsageError",
      message:
        `${root}: no class folders. Expected ${root}/<class>/*.jpg; found 2 images at the top level`,
    })));

Deno.test("scanFolder() names a folder that is missing, and a file in its place", () =>
  withFiles(flat, async (root) => {
    await rejects(scanFolder(join(root, "gone")), {
      name: "UsageError",
      message: /gone: no such folder; expected/,
    });
    await rejects(scanFolder(join(root, "1.jpg")), {
      name: "UsageError",
      message: /1\.jpg: a file, not a folder/,
    });
  }));

Deno.test("scanFolder() names the only class, but for those who need no more", () =>
  withFiles({ "cats/1.jpg": "" }, async (root) => {
    await rejects(scanFolder(root), {
      name: "UsageError",
      message:
        `${root}: only one class with images (cats); add a folder for each other class`,
    });
    strictEqual(
      (await scanFolder(root, { minimumClasses: 1 })).records.length,
      1,
    );
  }));

Deno.test("scanFolder() names an empty class", () =>
  withFiles(
    { "cats/1.jpg": "", "dogs/notes.txt": "" },
    (root) =>
      rejects(scanFolder(root), {
        name: "InputError",
        message: `${
          join(root, "dogs")
        }: no images; add some or remove the folder`,
      }),
  ));

Deno.test("scanFolder() refuses a class name that would break labels.txt", () =>
  withFiles(
    { "cats/1.jpg": "", "do\ngs/1.jpg": "" },
    (root) =>
      rejects(scanFolder(root), {
        name: "InputError",
        message: /"do\\ngs" has a line break/,
      }),
  ));
