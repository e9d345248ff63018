import {
  deepStrictEqual,
  match,
  notDeepStrictEqual,
  rejects,
  strictEqual,
} from "@std/assert";
import { join } from "@std/path";
import { scanFolder } from "./class_folders.ts";
import { compareCodePoints } from "./order.ts";
import { Told } from "./told.ts";
import { silentWatcher } from "../watcher.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

Deno.test("scanFolder() lists classes and pictures in code point order, at any depth", async () => {
  await using root = await temporaryFolder({
    "tulips/b.jpg": "",
    "tulips/a.png": "",
    "roses/2019/x.JPG": "",
    "roses/no extension": "",
    'Größe, "x"/1.jpg': "",
  });
  const told = new Told(silentWatcher);
  const { labels, records } = await scanFolder(root.path, { listener: told });
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
  deepStrictEqual([told.warnings, told.skipped], [[], []]);
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

/** Scans, and gives the paths that are left out, and why, beside those that are not. */
async function scanned(root: string, otherParts: readonly string[] = []) {
  const told = new Told(silentWatcher);
  const { labels, records } = await scanFolder(root, {
    listener: told,
    minimumClasses: 1,
    otherParts,
  });
  return {
    labels,
    paths: records.map(({ path }) => path),
    skipped: Object.fromEntries(
      told.skipped.map(({ path, reason }) => [path, reason]),
    ),
  };
}

Deno.test("scanFolder() follows links that leave the data set, and comes back from circles", async () => {
  await using folder = await temporaryFolder({
    "data/a/1.jpg": "",
    "data/a/deep/2.jpg": "",
    "data/.store/5.jpg": "",
    "data/stray.jpg": "",
    "elsewhere/3.jpg": "",
    "more/4.jpg": "",
  });
  const root = folder.join("data");
  await Deno.symlink(join(root, "a"), join(root, "a/self"));
  await Deno.symlink("1.jpg", join(root, "a/again.jpg"));
  await Deno.symlink("../.store/5.jpg", join(root, "a/stored.jpg"));
  await Deno.symlink("../stray.jpg", join(root, "a/stray.jpg"));
  await Deno.symlink(folder.join("more"), join(root, "a/more"));
  await Deno.symlink(".", folder.join("more/round"));
  await Deno.symlink(folder.join("elsewhere"), join(root, "b"));
  deepStrictEqual(await scanned(root), {
    labels: ["a", "b"],
    paths: [
      "a/1.jpg",
      "a/again.jpg",
      "a/deep/2.jpg",
      "a/more/4.jpg",
      "a/stored.jpg",
      "a/stray.jpg",
      "b/3.jpg",
    ],
    skipped: {},
  });
});

Deno.test("scanFolder() skips links that lead into other classes, and names them", async () => {
  await using folder = await temporaryFolder({
    "data/a/1.jpg": "",
    "data/b/deep/2.jpg": "",
    "elsewhere/3.jpg": "",
    "test/a/4.jpg": "",
  });
  const root = await Deno.realPath(folder.join("data"));
  const real = await Deno.realPath(folder.path);
  for (
    const [to, path] of [
      ["..", "a/all"],
      ["../..", "a/above"],
      ["../b", "a/b"],
      ["../b/deep/2.jpg", "a/2.jpg"],
      ["../c/3.jpg", "a/3.jpg"],
      ["../../test", "a/tests"],
      ["../../test/a/4.jpg", "a/4.jpg"],
      [folder.join("elsewhere"), "c"],
      [".", "here"],
      ["..", "up"],
      ["a", "z"],
      ["b/deep", "y"],
    ]
  ) await Deno.symlink(to, join(root, path));
  // By a way around.
  await Deno.symlink(join(root, "b"), folder.join("elsewhere/back"));
  const inside = "a link out of its class into the data set, to ";
  const alias = "a link into the data set, to ";
  deepStrictEqual(await scanned(root, [folder.join("test")]), {
    labels: ["a", "b", "c"],
    paths: ["a/1.jpg", "b/deep/2.jpg", "c/3.jpg"],
    skipped: {
      "a/2.jpg": `${inside}${root}/b/deep/2.jpg`,
      "a/3.jpg": `${inside}${real}/elsewhere/3.jpg`,
      "a/4.jpg": `${inside}${real}/test/a/4.jpg`,
      "a/above": `${inside}${real}`,
      "a/all": `${inside}${root}`,
      "a/b": `${inside}${root}/b`,
      "a/tests": `${inside}${real}/test`,
      "c/back": `${inside}${root}/b`,
      here: `${alias}${root}`,
      up: `${alias}${real}`,
      y: `${alias}${root}/b/deep`,
      z: `${alias}${root}/a`,
    },
  });
});

Deno.test("scanFolder() names links that are broken or run in a circle, and what is no file", async () => {
  await using root = await temporaryFolder({ "a/1.jpg": "", "b/1.jpg": "" });
  await Deno.symlink("nowhere", root.join("b/2.jpg"));
  await Deno.symlink("nowhere", root.join("gone"));
  await Deno.symlink("round.jpg", root.join("b/round.jpg"));
  await Deno.symlink("/dev/null", root.join("b/device.jpg"));
  await Deno.symlink("nowhere", root.join("b/notes.txt"));
  const { paths, skipped } = await scanned(root.path);
  deepStrictEqual(paths, ["a/1.jpg", "b/1.jpg"]);
  deepStrictEqual(Object.keys(skipped).sort(), [
    "b/2.jpg",
    "b/device.jpg",
    "b/round.jpg",
    "gone",
  ]);
  strictEqual(skipped["b/2.jpg"], "a broken link to nowhere");
  strictEqual(
    skipped["b/round.jpg"],
    "its symbolic links run in a circle; remove one of them",
  );
  match(skipped["b/device.jpg"], /device/);
});

Deno.test("scanFolder() names a class of which only broken links are there", async () => {
  await using root = await temporaryFolder({ "a/1.jpg": "", "b/x.txt": "" });
  await Deno.symlink("nowhere", root.join("b/1.jpg"));
  await rejects(scanFolder(root.path), {
    name: "InputError",
    message: `${
      root.join("b")
    }: no images but what is left out, such as 1.jpg (a broken link to nowhere); add some or remove the folder`,
  });
});

Deno.test("scanFolder() draws the pictures of a limit by the seed and the class's own names", async () => {
  const files = (label: string) =>
    Array.from({ length: 12 }, (_, number) => [`${label}/${number}.jpg`, ""]);
  const drawn = async (labels: string[], limit: number, seed: number) => {
    await using root = await temporaryFolder(
      Object.fromEntries(labels.flatMap(files)),
    );
    const { records } = await scanFolder(root.path, { limit, seed });
    return records.map(({ path }) => path);
  };
  const few = await drawn(["a", "c"], 4, 7);
  strictEqual(few.length, 8);
  deepStrictEqual(few, few.toSorted(compareCodePoints));
  const more = await drawn(["a", "b", "c"], 6, 7);
  deepStrictEqual(few.filter((path) => more.includes(path)), few);
  notDeepStrictEqual(await drawn(["a", "c"], 4, 8), few);
  const numbers = (label: string) =>
    few.filter((path) => path.startsWith(label)).map((path) => path.slice(2));
  notDeepStrictEqual(numbers("a"), numbers("c"));
});

Deno.test("scanFolder() takes the first pictures of a limit where there is no seed, and refuses limits that are none", async () => {
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
  const told = new Told(silentWatcher);
  const { labels } = await scanFolder(root.path, { listener: told });
  strictEqual(labels.length, 4);
  deepStrictEqual(told.warnings.map((warning) => warning.kind), [
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
