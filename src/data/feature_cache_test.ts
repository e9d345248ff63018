import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { encodeTensors, sha256 } from "../bytes/mod.ts";
import {
  cleanFeatureCaches,
  FeatureCache,
  type FeatureKey,
  folderSize,
} from "./feature_cache.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const key: FeatureKey = {
  modelSha256: sha256("model"),
  bottleneck: "pool_3/_reshape:0",
  length: 4,
  preprocessing: "graph",
  exif: true,
  version: "0.1.0",
};
const image = sha256("image");
const row = new Float32Array([0, -1.5, 1e-40, 3e38]);

function pathOf(cache: FeatureCache): string {
  return join(cache.folder, image.slice(0, 2), `${image}.row`);
}

Deno.test("FeatureCache gives a row back, in another process too", async () => {
  await using root = await temporaryFolder({});
  const cache = new FeatureCache(root.path, key);
  strictEqual(await cache.get(image), undefined);
  await cache.put(image, row);
  deepStrictEqual(await cache.get(image), row);
  const reopened = new FeatureCache(root.path, { ...key });
  deepStrictEqual(await reopened.get(image), row);
  strictEqual(await reopened.get(sha256("other")), undefined);
  deepStrictEqual(
    JSON.parse(await Deno.readTextFile(join(cache.folder, "key.json"))),
    { ...key, device: null },
  );
});

Deno.test("FeatureCache has no row for a key that differs in any field", async () => {
  await using root = await temporaryFolder({});
  await new FeatureCache(root.path, key).put(image, row);
  const others: FeatureKey[] = [
    { ...key, modelSha256: sha256("other") },
    { ...key, bottleneck: "other:0" },
    { ...key, length: 5 },
    { ...key, preprocessing: "299x299" },
    { ...key, exif: false },
    { ...key, version: "0.1.1" },
    { ...key, device: "llvmpipe" },
  ];
  for (const other of others) {
    strictEqual(await new FeatureCache(root.path, other).get(image), undefined);
  }
  strictEqual(
    new Set(others.map((other) => new FeatureCache(root.path, other).folder))
      .size,
    others.length,
  );
});

Deno.test("FeatureCache rejects a row with any byte changed, or cut short anywhere", async () => {
  await using root = await temporaryFolder({});
  const cache = new FeatureCache(root.path, key);
  await cache.put(image, row);
  const good = await Deno.readFile(pathOf(cache));
  for (let index = 0; index < good.length; index += 7) {
    const changed = good.slice();
    changed[index] ^= 0x10;
    for (const bytes of [changed, good.subarray(0, index)]) {
      await Deno.writeFile(pathOf(cache), bytes);
      strictEqual(await cache.get(image), undefined);
    }
  }
  await cache.put(image, row);
  deepStrictEqual(await cache.get(image), row);
});

Deno.test("FeatureCache rejects rows that are foreign, of another length, or NaN", async () => {
  await using root = await temporaryFolder({});
  const cache = new FeatureCache(root.path, key);
  await cache.put(image, row);
  const keyDigest = sha256(JSON.stringify({ ...key, device: null }));
  const write = async (
    metadata: Record<string, string>,
    data: Float32Array,
  ) => {
    const tensors = { row: { shape: [data.length], data } };
    await Deno.writeFile(
      pathOf(cache),
      encodeTensors({ kind: "feature row", metadata, tensors }),
    );
  };
  await write({ key: keyDigest, image }, row);
  deepStrictEqual(await cache.get(image), row);
  await write({ key: sha256("other"), image }, row);
  strictEqual(await cache.get(image), undefined);
  await write({ key: keyDigest, image: sha256("other") }, row);
  strictEqual(await cache.get(image), undefined);
  await write({ key: keyDigest, image }, row.subarray(1));
  strictEqual(await cache.get(image), undefined);
  await write({ key: keyDigest, image }, new Float32Array([1, 2, NaN, 4]));
  strictEqual(await cache.get(image), undefined);
});

Deno.test("FeatureCache keeps no row with a NaN, and none of another length", async () => {
  await using root = await temporaryFolder({});
  const cache = new FeatureCache(root.path, key);
  await cache.put(image, new Float32Array([1, NaN, 3, 4]));
  strictEqual(await cache.get(image), undefined);
  await rejects(cache.put(image, new Float32Array(3)), RangeError);
});

Deno.test("FeatureCache warns once where it cannot write, and goes on", async () => {
  await using folder = await temporaryFolder({ "file": "in the way" });
  const cache = new FeatureCache(folder.join("file"), key);
  for (let times = 0; times < 3; times++) await cache.put(image, row);
  strictEqual(await cache.get(image), undefined);
  strictEqual(cache.warnings.length, 1);
  ok(
    /cannot be written, going on without: a part of the path is a file/.test(
      cache.warnings[0].message,
    ),
  );
});

Deno.test("cleanFeatureCaches() deletes the caches and nothing of a stranger's beside them", async () => {
  await using root = await temporaryFolder({
    "mine.txt": "kept",
    "mine/x.row": "kept",
  });
  const cache = new FeatureCache(root.path, key);
  await cache.put(image, row);
  await cache.put(sha256("two"), row);
  const other = new FeatureCache(root.path, { ...key, exif: false });
  await other.put(image, row);
  const before = await folderSize(root.path);
  const { files, bytes } = await cleanFeatureCaches(root.path);
  strictEqual(files, 2 + 1 + 2);
  ok(bytes > 3 * row.byteLength);
  deepStrictEqual(before, { files: files + 2, bytes: bytes + 8 });
  deepStrictEqual(await folderSize(root.path), { files: 2, bytes: 8 });
  strictEqual(await cache.get(image), undefined);
  deepStrictEqual(root.names(), ["mine", "mine.txt"]);
  const nothing = { files: 0, bytes: 0 };
  deepStrictEqual(await cleanFeatureCaches(root.path), nothing);
  deepStrictEqual(await cleanFeatureCaches(root.join("gone")), nothing);
});

Deno.test("cleanFeatureCaches() leaves what others put into a cache, and what links lead to", async () => {
  const folder = "0123456789abcdef";
  await using elsewhere = await temporaryFolder({
    [`${folder}/ab/${image}.row`]: "kept",
    "photo.jpg": "kept",
  });
  await using root = await temporaryFolder({
    [`${folder}/notes.txt`]: "kept",
    [`${folder}/photos/1.jpg`]: "kept",
    [`${folder}/ab/1.jpg`]: "kept",
    [`${folder}/ab/${image}.row`]: "a row",
    [`${folder}/ab/.${image}.row.0123456789ab.tmp`]: "half a row",
  });
  await Deno.symlink(elsewhere.path, root.join("fedcba9876543210"));
  const link = root.join(folder, "cd");
  await Deno.symlink(elsewhere.join(folder, "ab"), link);
  strictEqual((await cleanFeatureCaches(root.path)).files, 2);
  deepStrictEqual(root.names(folder), ["ab", "cd", "notes.txt", "photos"]);
  deepStrictEqual(root.names(folder, "ab"), ["1.jpg"]);
  deepStrictEqual(elsewhere.names(folder, "ab"), [`${image}.row`]);
  // A root that is a link is the folder it leads to.
  await using home = await temporaryFolder();
  await Deno.symlink(elsewhere.path, home.join("features"));
  strictEqual((await cleanFeatureCaches(home.join("features"))).files, 1);
  deepStrictEqual(elsewhere.names(), ["photo.jpg"]);
});
