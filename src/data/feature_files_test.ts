import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { decodeNpy } from "../bytes/mod.ts";
import {
  checkFolderOf,
  type RecordedFeatures,
  writeFeatureArray,
  writeFeatureTexts,
} from "./feature_files.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const rows: RecordedFeatures = {
  records: ["a/1.jpg", "b/2.jpg", "b/same as 1.jpg"].map((path, index) => ({
    path,
    file: path,
    label: path[0],
    sha256: index === 1 ? "two" : "one",
  })),
  features: new Map([
    ["one", Float32Array.of(1, 0.1)],
    ["two", Float32Array.of(2, -0)],
  ]),
  width: 2,
};

Deno.test("writeFeatureArray() writes rows, their paths and what was skipped", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("out.npy");
  const skipped = [{ path: "b,c.jpg", reason: "0 bytes" }];
  await writeFeatureArray(path, { ...rows, skipped });
  const { shape, data } = decodeNpy(await Deno.readFile(path));
  deepStrictEqual(shape, [3, 2]);
  deepStrictEqual(data, Float32Array.of(1, 0.1, 2, -0, 1, 0.1));
  const read = (name: string) => Deno.readTextFile(folder.join(name));
  strictEqual(await read("out.txt"), "a/1.jpg\nb/2.jpg\nb/same as 1.jpg\n");
  strictEqual(
    await read("out.skipped.csv"),
    'path,reason\n"b,c.jpg",0 bytes\n',
  );
  await writeFeatureArray(path, { ...rows, skipped: [] });
  await rejects(read("out.skipped.csv"), Deno.errors.NotFound);
});

Deno.test("writeFeatureTexts() writes a file a picture", async () => {
  await using folder = await temporaryFolder();
  await writeFeatureTexts(folder.path, rows);
  const text = await Deno.readTextFile(folder.join("b/2.jpg.txt"));
  strictEqual(text, "2,-0");
});

Deno.test("checkFolderOf() refuses a path whose folder is not there", async () => {
  await using folder = await temporaryFolder();
  await checkFolderOf(folder.join("out.npy"));
  await rejects(
    checkFolderOf(folder.join("no", "out.npy")),
    /Cannot write ".*out\.npy": no such file or folder; check the path/,
  );
});
