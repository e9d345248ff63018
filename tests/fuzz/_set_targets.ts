/**
 * Archives of pictures, and what the store notes of them. Whatever a mutant is,
 * it writes into its folder or nowhere, and nothing but files.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { gzipSync } from "node:zlib";
import { pictures, tar, zip } from "../../src/store/archives_testing.ts";
import { dataSet } from "../../src/store/mod.ts";
import { unpackArchive } from "../../src/store/unpack.ts";
import type { Target } from "./_targets.ts";

/** How many files lie below a folder; nothing there is a link, a pipe or a device. */
async function countFiles(folder: string): Promise<number> {
  let count = 0;
  for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
    ok(isFile || isDirectory, name);
    count += isFile ? 1 : await countFiles(join(folder, name));
  }
  return count;
}

/** Unpacks a mutant into a folder beside it. */
async function unpack(mutant: Uint8Array, folder: string): Promise<true> {
  const place = await Deno.makeTempDir({ dir: folder });
  try {
    const [archive, out] = [join(place, "archive"), join(place, "out")];
    await Deno.writeFile(archive, mutant);
    await Deno.mkdir(out);
    try {
      const { files } = await unpackArchive(archive, out, { source: "A" });
      strictEqual(await countFiles(out), files);
    } finally {
      await countFiles(out);
      const names = Array.from(Deno.readDirSync(place), ({ name }) => name);
      deepStrictEqual(names.sort(), ["archive", "out"]);
    }
    return true;
  } finally {
    await Deno.remove(place, { recursive: true });
  }
}

const archive = (
  files: Target["files"],
  seal?: Target["seal"],
): Target => ({
  form: "bytes",
  files,
  ...seal && { seal },
  read: (mutant, { folder }) => unpack(mutant, folder),
});

/** Gives each header the checksum that it would need to be believed. */
function sealTar(mutant: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const sealed = mutant.slice();
  for (let at = 0; at + 512 <= sealed.length; at += 512) {
    const block = sealed.subarray(at, at + 512);
    const isHeader = block[0] !== 0 && decode(block.subarray(257)) === "ustar";
    if (!isHeader) continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((sum, byte) => sum + byte, 0);
    const text = `${sum.toString(8).padStart(6, "0")}\0`;
    block.set(new TextEncoder().encode(text), 148);
  }
  return sealed;
}

const decode = (bytes: Uint8Array) =>
  String.fromCharCode(...bytes.subarray(0, 5));

const record: Target = {
  form: "json",
  files: () => [
    new TextEncoder().encode(JSON.stringify({
      name: "set",
      from: "http://a.b/set.zip",
      bytes: 5,
      sha256: "0".repeat(64),
      checked: "recorded",
      date: "2026-11-28",
      files: 3,
      unpackedBytes: 9,
    })),
  ],
  async read(mutant, { folder }) {
    const path = join(folder, "data", "set");
    await Deno.mkdir(path, { recursive: true });
    await Deno.writeFile(join(path, ".espalier.json"), mutant);
    const found = await dataSet("set", folder);
    if (!found) return false;
    deepStrictEqual([found.name, found.path], ["set", path]);
    return true;
  },
};

export const setTargets: Readonly<Record<string, Target>> = {
  "pictures.tar": archive(async () => [await tar(pictures)]),
  "pictures.tgz": archive(
    async () => [await tar(pictures)],
    (mutant) => new Uint8Array(gzipSync(sealTar(mutant))),
  ),
  "pictures.zip": archive(() => [zip(pictures), zip(pictures, 0)]),
  "data set": record,
};
