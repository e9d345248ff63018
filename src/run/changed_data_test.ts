import { deepStrictEqual, throws } from "@std/assert";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { checkFiles, movedSettings } from "./changed_data.ts";

const settings = {
  ...{ data: "/old/photos", seed: 0 },
  ...{ isBottlenecks: false, exif: true },
};

Deno.test("movedSettings() finds what was below the data or beside it, and the parts of a data set", async () => {
  await using root = await temporaryFolder({
    "new/train/a/1.png": "x",
    "new/train/b/1.png": "x",
    "new/val/a/1.png": "x",
    "new/val/b/1.png": "x",
    "held/a/1.png": "x",
  });
  const [data, test] = [root.join("old/train"), root.join("old/val")];
  const old = { ...settings, data, test };
  const moved = {
    ...settings,
    data: root.join("new/train"),
    test: root.join("new/val"),
  };
  for (const data of [root.join("new"), root.join("new/train")]) {
    deepStrictEqual(await movedSettings(old, { data }), moved);
  }
  const held = { ...old, test: root.join("held") };
  const there = await movedSettings(held, { data: root.join("new/train") });
  deepStrictEqual(there.test, root.join("held"));
  deepStrictEqual(await movedSettings(old, { test: held.test }), held);
  deepStrictEqual(await movedSettings(settings, {}), settings);
});

const picture = (path: string, sha256: string) => ({
  ...{ path, sha256, label: "a" },
  split: "train" as const,
});

Deno.test("checkFiles() passes over files that were left out, and knows equal paths of two folders", () => {
  const known = {
    pictures: [picture("a/1", "x"), picture("a/1", "y"), picture("a/2", "z")],
    skipped: new Set(["a/bad"]),
  };
  const check = (...records: { path: string; sha256: string }[]) =>
    checkFiles(known, { run: "r", place: "d", records });
  check(...known.pictures, picture("a/bad", "q"), picture("a/worse", "q"));
  throws(
    () => check(...known.pictures, picture("a/new", "n")),
    /1 file is new \(a\/new\)/,
  );
  throws(() => check(picture("a/1", "x"), picture("a/2", "z")), {
    message: /d is not what it was when r was begun: 1 file changed \(a\/1\);/,
  });
});
