import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { inflateSync } from "node:zlib";
import { sha256 } from "../bytes/mod.ts";
import { digitsFolder, hasDigits, writeDigits } from "./builtin_digits.ts";

async function inTemporaryFolder(
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
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

Deno.test("writeDigits() writes a folder of pictures a digit, the same each time", () =>
  inTemporaryFolder(async (home) => {
    const folder = digitsFolder(home);
    strictEqual(await hasDigits(folder), false);
    const progress: string[] = [];
    await writeDigits(folder, {
      classes: 2,
      perClass: 3,
      progress: (done, total) => progress.push(`${done}/${total}`),
    });
    strictEqual(await hasDigits(folder), true);
    deepStrictEqual(namesIn(folder), ["0", "1"]);
    deepStrictEqual(namesIn(join(folder, "1")), [
      "000.png",
      "001.png",
      "002.png",
    ]);
    deepStrictEqual(namesIn(join(home, "data")), ["digits"]);
    deepStrictEqual(progress, ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]);
    const pixels = redPixels(await Deno.readFile(join(folder, "0", "000.png")));
    strictEqual(pixels.length, 28 * 28);
    strictEqual(
      sha256(pixels),
      "2d1c3087ac5f2bed7c4d54a1b33bf75d09f479ee63c0df2e0a4378f6e7e9ae66",
    );
  }));

Deno.test("writeDigits() leaves a demo set alone that is there", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "mine.txt"), "mine");
    await writeDigits(folder);
    deepStrictEqual(namesIn(folder), ["mine.txt"]);
  }));

Deno.test("writeDigits() leaves nothing behind when it is stopped", () =>
  inTemporaryFolder(async (home) => {
    const stop = new AbortController();
    const folder = digitsFolder(home);
    await rejects(
      writeDigits(folder, {
        classes: 1,
        progress: (done) => done === 2 && stop.abort(),
        signal: stop.signal,
      }),
      { name: "AbortError" },
    );
    deepStrictEqual(namesIn(join(home, "data")), []);
  }));
