import {
  deepStrictEqual,
  match,
  notStrictEqual,
  strictEqual,
} from "@std/assert";
import { sha256 } from "../bytes/mod.ts";
import { datasetDigest, digestRecords } from "./digests.ts";
import { scanFolder } from "./class_folders.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

Deno.test("digestRecords() keeps the order, and skips empty and unreadable files with the reason", async () => {
  await using root = await temporaryFolder({
    "a/1.jpg": "one",
    "a/2.jpg": "",
    "b/1.jpg": "two",
    "b/2.jpg": "gone",
    "b/3.jpg": "version https://git-lfs.github.com/spec/v1\noid 1\n",
  });
  const { records } = await scanFolder(root.path);
  await Deno.remove(`${root.path}/b/2.jpg`);
  const done: number[] = [];
  const result = await digestRecords(records, {
    concurrency: 3,
    onProgress: (count) => done.push(count),
  });
  deepStrictEqual(result.records.map(({ path, sha256 }) => [path, sha256]), [
    ["a/1.jpg", sha256("one")],
    ["b/1.jpg", sha256("two")],
  ]);
  deepStrictEqual(result.skipped.map((file) => file.path), [
    "a/2.jpg",
    "b/2.jpg",
    "b/3.jpg",
  ]);
  strictEqual(result.skipped[0].reason, "0 bytes");
  match(result.skipped[2].reason, /^a Git LFS pointer, .* run git lfs pull$/);
  strictEqual(
    result.skipped[1].reason,
    "no such file or folder; check the path",
  );
  deepStrictEqual(done, [1, 2, 3, 4, 5]);
});

Deno.test("datasetDigest() depends on bytes and classes, not on names or order", () => {
  const one = { path: "a/1.jpg", file: "", label: "a", sha256: "1" };
  const two = { path: "b/1.jpg", file: "", label: "b", sha256: "2" };
  const digest = datasetDigest([one, two]);
  strictEqual(datasetDigest([two, { ...one, path: "a/9.jpg" }]), digest);
  notStrictEqual(datasetDigest([one, { ...two, label: "a" }]), digest);
  notStrictEqual(datasetDigest([one]), digest);
});
