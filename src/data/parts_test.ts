import { deepStrictEqual, match, rejects, strictEqual } from "@std/assert";
import { relative } from "@std/path";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { bottleneckTexts } from "./bottleneck_text.ts";
import { pictures } from "./class_folders.ts";
import {
  findJudgingFolder,
  findTrainingFolders,
  type TrainingFolders,
} from "./parts.ts";

/** An empty file for each path. */
function empty(...paths: string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, ""]));
}

/** Class folders a and b in each of these. */
function classesIn(...folders: string[]): Record<string, string> {
  return empty(
    ...folders.flatMap((folder) => [`${folder}/a/1.jpg`, `${folder}/b/1.jpg`]),
  );
}

interface Read {
  files: Record<string, string>;
  /** Further folders, named by the user. */
  given?: Partial<TrainingFolders>;
}

/** The folders that are found, relative to the data set, notes and warnings. */
async function read({ files, given = {} }: Read) {
  await using root = await temporaryFolder(files);
  const inside = (path: string | undefined) =>
    path === undefined ? undefined : root.join(path);
  const { data, validation, test, notes, warnings } = await findTrainingFolders(
    {
      data: root.join(given.data ?? ""),
      validation: inside(given.validation),
      test: inside(given.test),
    },
    pictures,
  );
  const outside = (path: string | undefined) =>
    path === undefined ? undefined : relative(root.path, path);
  const plain = (text: string) => text.replaceAll(root.path, "DATA");
  return {
    folders: [data, validation, test].map(outside),
    notes: notes.map(plain),
    warnings: warnings.map(({ message }) => plain(message)),
  };
}

for (
  const { is, folders, note, ...what } of [
    {
      is: "train and val: val is the test",
      files: classesIn("train", "val"),
      folders: ["train", undefined, "val"],
      note:
        "DATA has the parts of a data set: DATA/train trains, a tenth of DATA/train validates and DATA/val tests (there is no test part)",
    },
    {
      is: "train, val and test",
      files: classesIn("train", "val", "test"),
      folders: ["train", "val", "test"],
      note:
        "DATA has the parts of a data set: DATA/train trains, DATA/val validates and DATA/test tests",
    },
    {
      is: "train and test: a tenth of train validates",
      files: classesIn("TRAINING", "Testing"),
      folders: ["TRAINING", undefined, "Testing"],
      note:
        "DATA has the parts of a data set: DATA/TRAINING trains, a tenth of DATA/TRAINING validates and DATA/Testing tests",
    },
    {
      is: "Roboflow's train, valid and test, with its stray files",
      files: {
        ...classesIn("train", "valid", "test"),
        ...empty("README.roboflow.txt", "top.jpg", ".DS_Store"),
        ...empty("__MACOSX/train/a/._1.jpg"),
      },
      folders: ["train", "valid", "test"],
    },
    {
      is: "train alone",
      files: classesIn("train"),
      folders: ["train", undefined, undefined],
      note:
        "DATA has the parts of a data set: DATA/train trains, a tenth of DATA/train validates and a tenth of DATA/train tests",
    },
    {
      is: "parts in a wrapped folder",
      files: classesIn("imagenette2-160/train", "imagenette2-160/val"),
      folders: [
        "imagenette2-160/train",
        undefined,
        "imagenette2-160/val",
      ],
    },
    {
      is: "parts that are wrapped themselves",
      files: classesIn("train/train", "test/test"),
      folders: ["train/train", undefined, "test/test"],
    },
    {
      is: "parts whose test has one class of many folders",
      files: {
        ...classesIn("train"),
        ...empty("test/a/x/1.jpg", "test/a/y/1.jpg"),
      },
      folders: ["train", undefined, "test"],
    },
    {
      is: "parts, and a folder that is named to test on",
      files: classesIn("set/train", "set/val", "set/test", "other"),
      given: { data: "set", test: "other" },
      folders: ["set/train", "set/val", "other"],
      note:
        "DATA/set has the parts of a data set: DATA/set/train trains, DATA/set/val validates and DATA/other tests; DATA/set/test is not used",
    },
    {
      is: "parts, and a folder that is named to validate on",
      files: classesIn("set/train", "set/val", "other"),
      given: { data: "set", validation: "other" },
      folders: ["set/train", "other", "set/val"],
    },
    {
      is: "folders that are named, and have parts",
      files: classesIn("mine", "set/train", "set/val", "set/test"),
      given: { data: "mine", validation: "set", test: "set" },
      folders: ["mine", "set/val", "set/test"],
      note: "DATA/set has the parts of a data set: reading DATA/set/val",
    },
    {
      is: "a wrapped folder, with what archives add",
      files: {
        ...classesIn("photos/photos"),
        ...empty("__MACOSX/photos/._a", "photos/LICENSE.txt", "stray.jpg"),
        ...empty(".hidden/a/1.jpg", "photos/.DS_Store"),
      },
      folders: ["photos/photos", undefined, undefined],
      note:
        "DATA holds one folder and no classes of its own: reading DATA/photos/photos",
    },
    {
      is: "a class called test beside others",
      files: empty("test/x/1.jpg", "roses/1.jpg", "train/1.jpg"),
      folders: ["", undefined, undefined],
    },
    {
      is: "one class with folders and pictures of its own",
      files: empty("cats/1.jpg", "cats/old/2.jpg", "cats/new/2.jpg"),
      folders: ["", undefined, undefined],
    },
    {
      is: "one class",
      files: empty("photos/cats/1.jpg"),
      folders: ["", undefined, undefined],
    },
  ] satisfies (Read & {
    is: string;
    folders: (string | undefined)[];
    note?: string;
  })[]
) {
  Deno.test(`findTrainingFolders() reads ${is}`, async () => {
    const found = await read(what);
    deepStrictEqual(found.folders, folders);
    deepStrictEqual(found.warnings, []);
    if (note !== undefined) strictEqual(found.notes[0], note);
    if (folders[0] === "") deepStrictEqual(found.notes, []);
  });
}

for (
  const { is, message, ...what } of [
    {
      is: "parts without one to learn from",
      files: classesIn("val", "test"),
      message:
        /: a data set's val and test and no train to learn from; name the folder to learn from, such as .*val$/,
    },
    {
      is: "a test without classes",
      files: { ...classesIn("train"), ...empty("test/1.jpg") },
      message:
        /test: no class folders, while .*train has some; expected .*<class>/,
    },
    {
      is: "parts without any class",
      files: empty("train/cat.0.jpg", "test/1.jpg"),
      message:
        /: (train|test) and (train|test) are names of a data set's parts, and hold no class folders; expected/,
    },
    {
      is: "two folders for one part",
      files: classesIn("train", "val", "validation"),
      message: /: val and validation are both the validation part; keep one/,
    },
    {
      is: "a validation of what has none",
      files: classesIn("mine", "set/train", "set/test"),
      given: { data: "mine", validation: "set" },
      message: /set: a data set's train and test and no validation part/,
    },
  ] satisfies (Read & { is: string; message: RegExp })[]
) {
  Deno.test(`findTrainingFolders() refuses ${is}`, async () => {
    await rejects(read(what), { name: "UsageError", message });
  });
}

for (
  const { is, files } of [
    { is: "beside another folder", files: classesIn("train", "val", "extra") },
    { is: "under longer names", files: classesIn("seg_train", "my-test.v2") },
  ]
) {
  Deno.test(`findTrainingFolders() warns of parts ${is}`, async () => {
    const { folders, warnings: [warning, ...more] } = await read({ files });
    strictEqual(folders[0], "");
    deepStrictEqual(more, []);
    match(
      warning,
      /^DATA: the classes .* hold the same folders a and b; if they are parts of a data set, train on DATA\/\w*train with --test DATA\/(val|my-test\.v2)$/,
    );
  });
}

Deno.test("findTrainingFolders() comes back from links in a circle", async () => {
  await using root = await temporaryFolder({});
  await Deno.mkdir(root.join("data"));
  await Deno.symlink(".", root.join("data/data"));
  const { data } = await findTrainingFolders(
    { data: root.join("data") },
    pictures,
  );
  strictEqual(data, root.join("data"));
});

Deno.test("findTrainingFolders() reads trees of bottleneck texts alike", async () => {
  await using root = await temporaryFolder(
    empty("train/a/1.jpg.txt", "train/b/1.jpg.txt", "val/a/1.jpg.txt"),
  );
  const { data, test } = await findTrainingFolders(
    { data: root.path },
    bottleneckTexts,
  );
  deepStrictEqual([data, test], [root.join("train"), root.join("val")]);
});

for (
  const { is, files, expected } of [
    {
      is: "the test part",
      files: classesIn("train", "val", "test"),
      expected: "test",
    },
    {
      is: "else the validation",
      files: classesIn("train", "valid"),
      expected: "valid",
    },
    { is: "the only part", files: classesIn("train"), expected: "train" },
    { is: "a wrapped folder", files: classesIn("set"), expected: "set" },
    {
      is: "one known class of many folders",
      files: empty("a/x/1.jpg", "a/y/1.jpg"),
      expected: "",
    },
    {
      is: "known classes that are called as parts",
      files: empty("test/x/1.jpg", "test/y/1.jpg"),
      expected: "",
    },
    {
      is: "a wrapped folder with one known class",
      files: empty("set/a/x/1.jpg", "set/a/y/1.jpg"),
      expected: "set",
    },
  ]
) {
  Deno.test(`findJudgingFolder() takes ${is}`, async () => {
    await using root = await temporaryFolder(files);
    const labels = ["a", "b", "test"];
    const options = { kind: pictures, labels, part: "test" } as const;
    const { folder, notes } = await findJudgingFolder(root.path, options);
    strictEqual(relative(root.path, folder), expected);
    strictEqual(notes.length, expected === "" ? 0 : 1);
  });
}
